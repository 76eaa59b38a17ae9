import type { ApiModule } from "../../module.ts";
import { indexRoutes } from "../../parts/index/routes.ts";
import { jobRoutes } from "../../parts/jobs/routes.ts";

/** Starts work, and indexes what has been made. */
export default {
	name: "control",
	roles: ["control"],
	routes:
		({ role, jobs, index }) =>
		async (app) => {
			await app.register(jobRoutes(role, jobs));
			await app.register(indexRoutes(role, index));
		},
	async snapshot({ health }) {
		const { temporal, minio } = await health();
		return { temporal, minio };
	},
} satisfies ApiModule;
