import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { z } from "zod";
import type { Answered } from "../../rehearsal/github/server.ts";

const DESCRIPTION = createRequire(import.meta.url).resolve("@octokit/openapi/generated/api.github.com.json");

interface Description {
	paths: Record<string, Record<string, Operation | undefined>>;
	components: { schemas: Record<string, unknown>; responses: Record<string, Response> };
}
interface Operation {
	responses: Record<string, Response>;
	requestBody?: Response;
}
interface Response {
	$ref?: string;
	content?: Record<string, { schema: object }>;
}

const nameIn = (reference: string): string => reference.split("/").at(-1)!;

const readDescription = async (): Promise<Description> =>
	JSON.parse(await readFile(DESCRIPTION, "utf8")) as Description;

/** Says what is wrong with a call by that description: no such route, or another body; undefined: nothing. */
export async function callChecker(): Promise<(method: string, path: string, body: unknown) => string | undefined> {
	const api = await readDescription();
	const routes = Object.entries(api.paths).map(([template, operations]) => ({
		operations,
		// A part of a path is one word, but for the path of a file or the name of a reference.
		pattern: new RegExp(`^${template.replaceAll(/\{(?:path|ref)\}/g, ".+").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
		fixed: template.replaceAll(/\{\w+\}/g, "").length,
	}));
	return (method, path, body) => {
		const [best] = routes
			.filter(({ pattern, operations }) => pattern.test(path) && operations[method.toLowerCase()])
			.toSorted((a, b) => b.fixed - a.fixed);
		const operation = best?.operations[method.toLowerCase()];
		if (!operation) return `GitHub describes no ${method} ${path}`;
		const schema = operation.requestBody?.content?.["application/json"]?.schema;
		if (!schema) return body === undefined ? undefined : `${method} ${path}: a body where GitHub takes none`;
		const { error } = toZod(api, schema).safeParse(body);
		return error && `${method} ${path}: ${z.prettifyError(error)}`;
	};
}

/** Says what is wrong with an answer by GitHub's own description of its API (13 MB, read once); undefined: nothing. */
export async function replyChecker(): Promise<(answer: Answered) => string | undefined> {
	const api = await readDescription();
	const known = new Map<string, z.ZodType | undefined>();
	const schemaOf = (route: string, status: number): z.ZodType | undefined => {
		const [method, path] = route.split(" ") as [string, string];
		const declared = api.paths[path]?.[method.toLowerCase()]?.responses;
		if (!declared) throw new Error(`GitHub describes no ${route}`);
		const response = declared[status];
		if (!response && status < 400) throw new Error(`GitHub describes no ${status} of ${route}`);
		const whole = response?.$ref === undefined ? response : api.components.responses[nameIn(response.$ref)];
		const schema = whole?.content?.["application/json"]?.schema;
		return schema && toZod(api, schema);
	};
	return ({ route, status, body }) => {
		const key = `${status} ${route}`;
		if (!known.has(key)) known.set(key, schemaOf(route, status));
		const schema = known.get(key);
		if (!schema) return body === undefined || status >= 400 ? undefined : `${key}: a body where GitHub has none`;
		const { error } = schema.safeParse(JSON.parse(JSON.stringify(body ?? null)));
		return error && `${key}: ${z.prettifyError(error)}`;
	};
}

/** The schema with the components that it names. */
function toZod({ components }: Description, schema: object): z.ZodType {
	const definitions: Record<string, unknown> = {};
	const walk = (node: unknown): unknown => {
		if (Array.isArray(node)) return node.map(walk);
		if (typeof node !== "object" || node === null) return node;
		const { $ref, ...rest } = node as { $ref?: unknown };
		if (typeof $ref !== "string") return Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, walk(one)]));
		const name = nameIn($ref);
		if (!(name in definitions)) {
			definitions[name] = {}; // its own schema may name it again
			definitions[name] = walk(components.schemas[name]);
		}
		return { $ref: `#/definitions/${name}` };
	};
	return z.fromJSONSchema({ ...(walk(schema) as object), definitions } as never, { defaultTarget: "openapi-3.0" });
}
