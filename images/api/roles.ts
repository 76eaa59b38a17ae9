import type { onRequestHookHandler } from "fastify";

/** `control`: next to Temporal and the store; `compute`: on an instance, next to the engines. */
export const API_ROLES = ["control", "compute"] as const;
export type ApiRole = (typeof API_ROLES)[number];

/** Refuses the route where the api has the other role, before anything of the request is read. */
export const controlOnly =
	(role: ApiRole): onRequestHookHandler =>
	async (request, reply) => {
		if (role === "control") return;
		const path = request.routeOptions.url!;
		return reply.code(403).send({ detail: `${path} is disabled when API_ROLE=${role}` });
	};
