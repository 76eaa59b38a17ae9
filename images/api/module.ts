import type { FastifyInstance } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Deps } from "./deps.ts";
import type { ApiRole } from "./roles.ts";

/** One module of the api: its routes below `<base>/<name>/`, and its WebSocket at `<base>/<name>/ws`. */
export interface ApiModule {
	/** Lower-case letters. */
	name: string;
	/** In which it can be. */
	roles: readonly ApiRole[];
	/** Its routes, below its prefix. */
	routes(deps: Deps): FastifyPluginAsyncZod;
	/** What its WebSocket tells: on connecting, and whenever it has changed. */
	snapshot(deps: Deps): Promise<object>;
}

/** Gives the operations of a module ids of their own: the routes without prefix have the plain ones. */
export function nameOperations(app: FastifyInstance, module: string): void {
	app.addHook("onRoute", (route) => {
		const { operationId } = (route.schema ?? {}) as { operationId?: string };
		if (operationId !== undefined) route.schema = { ...route.schema, operationId: `${module}_${operationId}` };
	});
}
