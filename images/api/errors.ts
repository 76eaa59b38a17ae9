import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { z } from "zod";
import { DependencyError } from "../runtime/dependency-error.ts";
import type { Log } from "../runtime/logger.ts";

/** Body of every failure but 422. */
export const failureSchema = z.object({ detail: z.string() });

/** Answers to who has no token, not the right one, or asks too often; 403 also where the role is another one. */
export const refusals = { 401: failureSchema, 403: failureSchema, 429: failureSchema } as const;

/** Body of a 422: one entry for each fault of the request. */
export const faultsSchema = z.object({
	detail: z.array(
		z.object({
			/** `body` or `query`, then the path to the field. */
			loc: z.array(z.string()),
			msg: z.string(),
			type: z.string(),
		}),
	),
});

const PLACES: Readonly<Record<string, string>> = { querystring: "query", params: "path" };

/** Answers what went wrong without what only the log may hold. */
export const createErrorHandler =
	(log: Log) =>
	(error: FastifyError | DependencyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
		const where = { method: request.method, route: request.routeOptions.url };
		if (hasZodFastifySchemaValidationErrors(error)) {
			const place = error.validationContext ?? "body";
			const detail = error.validation.map(({ instancePath, message = "", keyword }) => ({
				loc: [PLACES[place] ?? place, ...instancePath.split("/").filter(Boolean)],
				msg: message,
				type: keyword,
			}));
			return reply.code(422).send({ detail });
		}
		const status = "statusCode" in error ? (error.statusCode ?? 500) : 500;
		// No JSON, or none at all.
		if (status === 400) return reply.code(422).send({ detail: [{ loc: ["body"], msg: error.message, type: "json" }] });
		if (status < 500) return reply.code(status).send({ detail: error.message });
		log("ERROR", "a request failed", { ...where, error });
		const detail = error instanceof DependencyError ? error.message : "internal error: the log of the api says more";
		return reply.code(500).send({ detail });
	};
