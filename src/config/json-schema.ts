import { z } from "zod";
import { configSchema } from "./schema.ts";

/** JSON Schema (draft 2020-12) of cres.yaml as a person writes it: the text of cres.schema.json, for editors. */
export const jsonSchemaText = (): string =>
	`${JSON.stringify(z.toJSONSchema(configSchema, { io: "input" }), null, "\t")}\n`;
