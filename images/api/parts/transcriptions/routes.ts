import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { failureSchema, faultsSchema, refusals } from "../../errors.ts";
import { transcriptionsQuerySchema, transcriptionsSchema } from "./schema.ts";
import type { TranscriptionService } from "./service.ts";

/** A GET at the path that is given. */
export const transcriptionRoutes =
	(transcriptions: TranscriptionService, path: string): FastifyPluginAsyncZod =>
	async (app) => {
		app.get(
			path,
			{
				schema: {
					operationId: "transcriptions",
					summary: "Videos of a query with what was said in them, and what they say together",
					tags: ["transcriptions"],
					querystring: transcriptionsQuerySchema,
					response: { 200: transcriptionsSchema, ...refusals, 422: faultsSchema, 500: failureSchema },
				},
			},
			({ query: { query, limit } }) => transcriptions.of(query, limit),
		);
	};
