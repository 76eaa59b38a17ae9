import type { ApiModule } from "../../module.ts";
import { transcriptionRoutes } from "../../parts/transcriptions/routes.ts";

/** What was said in the videos. */
export default {
	name: "transcriptions",
	roles: ["control", "compute"],
	routes: ({ transcriptions: service }) => transcriptionRoutes(service, "/search"),
	async snapshot({ health }) {
		return { minio: (await health()).minio };
	},
} satisfies ApiModule;
