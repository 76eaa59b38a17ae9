import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { healthSchema, type Health } from "./schema.ts";
import { isHealthy } from "./service.ts";

/** GET /health: 200 when all that this role needs works, else 503; both with the state of each dependency. */
export const healthRoutes =
	(health: () => Promise<Health>): FastifyPluginAsyncZod =>
	async (app) => {
		app.get(
			"/health",
			{
				schema: {
					operationId: "health",
					summary: "State of the api and of each dependency that its role needs",
					tags: ["health"],
					response: { 200: healthSchema, 503: healthSchema },
				},
			},
			async (_request, reply) => {
				const seen = await health();
				return reply
					.header("cache-control", "no-store")
					.code(isHealthy(seen) ? 200 : 503)
					.send(seen);
			},
		);
	};
