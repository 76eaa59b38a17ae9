import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { jsonSchemaText } from "../../src/config/json-schema.ts";

const published = fileURLToPath(new URL("../../cres.schema.json", import.meta.url));

interface Schema {
	description?: string;
	default?: unknown;
	properties?: Record<string, Schema>;
	additionalProperties?: Schema | boolean;
	oneOf?: Schema[];
}

/** Dotted path of every setting below a schema; `*` stands for any name. */
function settings(schema: Schema, path = ""): [string, Schema][] {
	const named = Object.entries(schema.properties ?? {});
	const rest = schema.additionalProperties;
	const choices = typeof rest === "object" ? (rest.oneOf ?? (rest.properties ? [rest] : [])) : [];
	const any = choices.map((choice): [string, Schema] => ["*", choice]);
	return [...named, ...any].flatMap(([key, inner]) => {
		const here = path === "" ? key : `${path}.${key}`;
		const deeper = settings(inner, here);
		return deeper.length > 0 ? deeper : [[here, inner] as [string, Schema]];
	});
}

describe("cres.schema.json", () => {
	it("is what the schema says", async () => {
		const text = await readFile(published, "utf8");
		expect(text, "cres.schema.json is older than src/config/schema.ts; run npm run build").toBe(jsonSchemaText());
	});

	it("explains every setting", () => {
		const all = settings(JSON.parse(jsonSchemaText()) as Schema);
		expect(all.length).toBeGreaterThan(25);
		expect(all.filter(([, { description }]) => !description).map(([path]) => path)).toEqual([]);
	});

	it("shows defaults as a person writes them", () => {
		const all = Object.fromEntries(settings(JSON.parse(jsonSchemaText()) as Schema));
		expect(all["rollout.deploy_timeout"]?.default).toBe("60s");
		expect(all["instances.*.port"]?.default).toBe(22);
	});
});
