import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import fastify, { type FastifyInstance } from "fastify";
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { guard, secureHeaders, seesDetails } from "./access.ts";
import type { Deps } from "./deps.ts";
import { createErrorHandler } from "./errors.ts";
import { healthRoutes } from "./modules/health/routes.ts";
import { indexRoutes } from "./modules/index/routes.ts";
import { jobRoutes } from "./modules/jobs/routes.ts";
import { transcriptionRoutes } from "./modules/transcriptions/routes.ts";

/** Bytes of a request's body. */
const BODY_LIMIT = 64 * 1024;
/** Milliseconds in which a request must have arrived. */
const REQUEST_TIMEOUT = 30_000;

/** The api over what it is given; nothing is asked of it before the first request. */
export function buildApp(deps: Deps): FastifyInstance {
	const { log, role } = deps;
	const app = fastify({
		logger: false,
		bodyLimit: BODY_LIMIT,
		requestTimeout: REQUEST_TIMEOUT,
		forceCloseConnections: "idle",
	});
	app.setValidatorCompiler(validatorCompiler);
	app.setSerializerCompiler(serializerCompiler);
	app.setErrorHandler(createErrorHandler(log));
	app.setNotFoundHandler((_request, reply) => reply.code(404).send({ detail: "Not Found" }));
	app.addHook("onResponse", async ({ method, routeOptions: { url: route } }, { statusCode: status, elapsedTime }) => {
		// Asked all the time; what changes in it is logged where it is seen.
		if (route !== "/health") log("INFO", "request", { method, route, status, milliseconds: Math.round(elapsedTime) });
	});
	secureHeaders(app);
	guard(app, deps.access);
	endConnectionsOnClose(app);
	app.register(swagger, documentOf(deps));
	app.register(swaggerUi, { routePrefix: "/docs", staticCSP: true });
	app.register(async (scope) => {
		scope.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
		await scope.register(healthRoutes(deps.health, (request) => seesDetails(request, deps.access)));
		await scope.register(jobRoutes(role, deps.jobs));
		await scope.register(indexRoutes(role, deps.index));
		await scope.register(transcriptionRoutes(deps.transcriptions));
	});
	return app;
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
