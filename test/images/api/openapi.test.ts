import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { testApp } from "./fakes.ts";

interface Operation {
	operationId?: string;
	summary?: string;
	responses: Record<string, unknown>;
}

const documentOf = async (role: "control" | "compute") =>
	(await testApp({ role }).app.inject("/openapi.json")).json<{ paths: Record<string, Record<string, Operation>> }>();

describe("the OpenAPI document", () => {
	it.each(["control", "compute"] as const)("is valid OpenAPI 3.1 in the role %s", async (role) => {
		const validator = new Validator();
		const { valid, errors } = await validator.validate(await documentOf(role));
		expect({ valid, errors, version: validator.version }).toEqual({ valid: true, errors: undefined, version: "3.1" });
	});

	it("documents each route with an id, a summary and its answers", async () => {
		const { paths } = await documentOf("control");
		const operations = Object.entries(paths).flatMap(([path, methods]) =>
			Object.entries(methods).map(([method, operation]) => ({
				route: `${method.toUpperCase()} ${path}`,
				answers: Object.keys(operation.responses).join(" "),
				described: Boolean(operation.operationId && operation.summary),
			})),
		);
		expect(operations).toEqual([
			{ route: "GET /health", answers: "200 503", described: true },
			{ route: "POST /process", answers: "200 401 403 422 429 500", described: true },
			{ route: "POST /batch", answers: "200 401 403 422 429 500", described: true },
			{ route: "POST /admin/reindex", answers: "200 401 403 429 500", described: true },
			{ route: "GET /api/transcriptions", answers: "200 401 403 422 429 500", described: true },
			{ route: "GET /api/v1/core/health", answers: "200", described: true },
			{ route: "GET /api/v1/core/version", answers: "200 401 403 429", described: true },
			{ route: "POST /api/v1/control/process", answers: "200 401 403 422 429 500", described: true },
			{ route: "POST /api/v1/control/batch", answers: "200 401 403 422 429 500", described: true },
			{ route: "POST /api/v1/control/admin/reindex", answers: "200 401 403 429 500", described: true },
			{ route: "GET /api/v1/transcriptions/search", answers: "200 401 403 422 429 500", described: true },
		]);
	});

	it("is shown at /docs by a page that loads nothing from elsewhere", async () => {
		const { app } = testApp();
		const page = await app.inject("/docs");
		expect(page.headers["content-type"]).toContain("text/html");
		expect(page.headers["content-security-policy"]).toContain("default-src 'self'");
		const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
		expect(loaded.length).toBeGreaterThan(3);
		for (const address of loaded) {
			expect([address, (await app.inject(address)).statusCode]).toEqual([expect.stringMatching(/^\/docs\//), 200]);
		}
	});
});
