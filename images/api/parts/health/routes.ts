import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { healthSchema, type Health } from "./schema.ts";
import { isHealthy } from "./service.ts";

/**
 * GET /health: 200 when all that this role needs works, else 503; both with the state of each dependency. Reasons, which
 * name addresses, and engines only for who may see details.
 */
export const healthRoutes =
	(health: () => Promise<Health>, seesDetails: (request: FastifyRequest) => boolean): FastifyPluginAsyncZod =>
	async (app) => {
		app.get(
			"/health",
			{
				config: { scope: "none" },
				schema: {
					operationId: "health",
					security: [],
					summary: "State of the api and of each dependency that its role needs",
					tags: ["health"],
					response: { 200: healthSchema, 503: healthSchema },
				},
			},
			async (request, reply) => {
				const seen = await health();
				return reply
					.header("cache-control", "no-store")
					.code(isHealthy(seen) ? 200 : 503)
					.send(seesDetails(request) ? seen : { ...seen, reasons: {}, engines: {} });
			},
		);
	};
