import { z } from "zod";
import { configSchema } from "./schema.ts";

interface JsonSchema {
	properties?: object;
	patternProperties?: object;
}

/** JSON Schema (draft 2020-12) of cres.yaml as a person writes it: the text of cres.schema.json, for editors. */
export const jsonSchemaText = (): string =>
	`${JSON.stringify(z.toJSONSchema(configSchema, { io: "input", override: withExtensions }), null, "\t")}\n`;

/** Sections take keys that begin with `x-`. */
function withExtensions({ jsonSchema }: { jsonSchema: JsonSchema }): void {
	if (jsonSchema.properties) jsonSchema.patternProperties = { "^x-": {} };
}
