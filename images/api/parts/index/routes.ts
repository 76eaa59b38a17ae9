import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { failureSchema, refusals } from "../../errors.ts";
import { controlOnly, type ApiRole } from "../../roles.ts";
import { reindexedSchema } from "./schema.ts";
import type { Index } from "./service.ts";

/** POST /admin/reindex. */
export const indexRoutes =
	(role: ApiRole, index: Index): FastifyPluginAsyncZod =>
	async (app) => {
		app.post(
			"/admin/reindex",
			{
				onRequest: controlOnly(role),
				config: { scope: "admin" },
				schema: {
					operationId: "reindex",
					summary: "Rebuild the index of all videos",
					tags: ["admin"],
					response: { 200: reindexedSchema, ...refusals, 500: failureSchema },
				},
			},
			() => index.reindex(),
		);
	};
