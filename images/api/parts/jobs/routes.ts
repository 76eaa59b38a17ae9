import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { failureSchema, faultsSchema, refusals } from "../../errors.ts";
import { controlOnly, type ApiRole } from "../../roles.ts";
import { batchBodySchema, batchStartedSchema, processBodySchema, startedSchema } from "./schema.ts";
import type { Jobs } from "./service.ts";

/** POST /process and POST /batch. */
export const jobRoutes =
	(role: ApiRole, jobs: Jobs): FastifyPluginAsyncZod =>
	async (app) => {
		app.post(
			"/process",
			{
				onRequest: controlOnly(role),
				config: { scope: "submit" },
				schema: {
					operationId: "process",
					summary: "Start the work on one video, or join it",
					tags: ["jobs"],
					body: processBodySchema,
					response: { 200: startedSchema, ...refusals, 422: faultsSchema, 500: failureSchema },
				},
			},
			({ body }) => jobs.process(body),
		);
		app.post(
			"/batch",
			{
				onRequest: controlOnly(role),
				config: { scope: "submit" },
				schema: {
					operationId: "batch",
					summary: "Queue the work on the videos that a search finds",
					tags: ["jobs"],
					body: batchBodySchema,
					response: { 200: batchStartedSchema, ...refusals, 422: faultsSchema, 500: failureSchema },
				},
			},
			({ body }) => jobs.batch(body),
		);
	};
