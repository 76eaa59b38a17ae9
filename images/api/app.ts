import websocket from "@fastify/websocket";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import fastify, { type FastifyInstance } from "fastify";
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { guard, secureHeaders, seesDetails } from "./access.ts";
import type { Deps } from "./deps.ts";
import { createErrorHandler } from "./errors.ts";
import { nameOperations } from "./module.ts";
import { MODULES } from "./modules/all.ts";
import { healthRoutes } from "./parts/health/routes.ts";
import { indexRoutes } from "./parts/index/routes.ts";
import { jobRoutes } from "./parts/jobs/routes.ts";
import { transcriptionRoutes } from "./parts/transcriptions/routes.ts";
import { LARGEST_MESSAGE, socketRoute } from "./socket.ts";

/** Bytes of a request's body. */
const BODY_LIMIT = 64 * 1024;
/** Milliseconds in which a request must have arrived. */
const REQUEST_TIMEOUT = 30_000;

/** The api over what it is given; nothing is asked of it before the first request. */
export function buildApp(deps: Deps): FastifyInstance {
	const app = fastify({
		logger: false,
		bodyLimit: BODY_LIMIT,
		requestTimeout: REQUEST_TIMEOUT,
		forceCloseConnections: "idle",
	});
	app.setValidatorCompiler(validatorCompiler);
	app.setSerializerCompiler(serializerCompiler);
	app.setErrorHandler(createErrorHandler(deps.log));
	app.setNotFoundHandler((_request, reply) => reply.code(404).send({ detail: "Not Found" }));
	logRequests(app, deps);
	secureHeaders(app);
	// First, for it is what ends the connection of an upgrade that the guard refuses.
	app.register(websocket, { options: { maxPayload: LARGEST_MESSAGE } }).after(() => guard(app, deps.access));
	endConnectionsOnClose(app);
	app.register(swagger, documentOf(deps));
	app.register(swaggerUi, { routePrefix: "/docs", staticCSP: true });
	app.register((scope) => plainRoutes(scope, deps));
	for (const module of MODULES.filter(({ name }) => deps.modules.includes(name)))
		app.register((scope) => moduleRoutes(scope, module, deps), { prefix: `${deps.baseUrl}/${module.name}` });
	return app;
}

function logRequests(app: FastifyInstance, { log, baseUrl }: Deps): void {
	app.addHook("onResponse", async ({ method, routeOptions: { url: route } }, { statusCode: status, elapsedTime }) => {
		// Asked all the time; what changes in it is logged where it is seen.
		if (route !== "/health" && route !== `${baseUrl}/core/health`)
			log("INFO", "request", { method, route, status, milliseconds: Math.round(elapsedTime) });
	});
}

async function moduleRoutes(scope: FastifyInstance, module: (typeof MODULES)[number], deps: Deps): Promise<void> {
	nameOperations(scope, module.name);
	await scope.register(module.routes(deps));
	socketRoute(scope, { module: module.name, snapshot: () => module.snapshot(deps), log: deps.log });
}

/** The routes without prefix; those of a module that was left out are not there. */
async function plainRoutes(scope: FastifyInstance, deps: Deps): Promise<void> {
	const { role, modules, isSelection, access } = deps;
	const has = (module: string) => !isSelection || modules.includes(module);
	scope.get("/openapi.json", { schema: { hide: true } }, () => scope.swagger());
	await scope.register(healthRoutes(deps.health, (request) => seesDetails(request, access)));
	if (has("control")) {
		await scope.register(jobRoutes(role, deps.jobs));
		await scope.register(indexRoutes(role, deps.index));
	}
	if (has("transcriptions")) await scope.register(transcriptionRoutes(deps.transcriptions, "/api/transcriptions"));
}

/** A connection whose last answer comes after the end has begun would be held open for the next request. */
function endConnectionsOnClose(app: FastifyInstance): void {
	let closing = false;
	app.addHook("preClose", async () => void (closing = true));
	app.addHook("onSend", async (_request, reply) => {
		if (closing) reply.header("connection", "close");
	});
}

const TOKENS = {
	components: { securitySchemes: { token: { type: "http" as const, scheme: "bearer" } } },
	security: [{ token: [] as string[] }],
};

const documentOf = ({ role, build, access }: Deps) => ({
	openapi: {
		openapi: "3.1.0",
		info: {
			title: `cres ${role} API`,
			version: build.version,
			description: `Build ${build.buildId}. Faults of a request are answered 422, all other failures as {detail}.`,
			license: { name: "MIT", identifier: "MIT" },
		},
		servers: [{ url: "/" }],
		...(access.open ? {} : TOKENS),
	},
	transform: jsonSchemaTransform,
});
