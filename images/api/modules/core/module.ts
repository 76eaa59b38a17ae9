import swaggerUi from "@fastify/swagger-ui";
import { z } from "zod";
import { refusals } from "../../errors.ts";
import type { ApiModule } from "../../module.ts";

const healthSchema = z.object({ status: z.literal("ok"), modules: z.array(z.string()) });
const versionSchema = z.object({ version: z.string(), buildId: z.string(), role: z.string() });

/** On every server: that it answers, what it is, and the description of all its routes. */
export default {
	name: "core",
	roles: ["control", "compute"],
	routes:
		({ modules, build, role, baseUrl }) =>
		async (app) => {
			app.get(
				"/health",
				{
					config: { scope: "none" },
					schema: {
						operationId: "health",
						security: [],
						summary: "That this process answers; /health says whether what it needs does",
						tags: ["core"],
						response: { 200: healthSchema },
					},
				},
				async () => ({ status: "ok" as const, modules: [...modules] }),
			);
			app.get(
				"/version",
				{
					schema: {
						operationId: "version",
						summary: "Version and build",
						tags: ["core"],
						response: { 200: versionSchema, ...refusals },
					},
				},
				async () => ({ version: build.version, buildId: build.buildId, role }),
			);
			app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
			// Below the prefix too, for that is all that a gateway passes on.
			await app.register(swaggerUi, { routePrefix: "/docs", indexPrefix: `${baseUrl}/core`, staticCSP: true });
		},
	snapshot: async ({ modules, build, role }) => ({ modules: [...modules], ...build, role }),
} satisfies ApiModule;
