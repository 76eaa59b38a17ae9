import type { ApiModule } from "../../module.ts";
import { healthSchema } from "../../parts/health/schema.ts";
import { refusals } from "../../errors.ts";

const enginesSchema = healthSchema.pick({ llama: true, whisper: true, engines: true, pretended: true });

/** The engines of an instance. */
export default {
	name: "compute",
	roles: ["compute"],
	routes:
		({ health }) =>
		async (app) => {
			app.get(
				"/engines",
				{
					schema: {
						operationId: "engines",
						summary: "State of whisper and of llama, and what they run on",
						tags: ["compute"],
						response: { 200: enginesSchema, ...refusals },
					},
				},
				async () => enginesSchema.parse(await health()),
			);
		},
	async snapshot({ health }) {
		const { llama, whisper, pretended } = await health();
		return { llama, whisper, pretended };
	},
} satisfies ApiModule;
