import type { z } from "zod";
import { ownOf } from "../system/own-of.ts";
import type { Path } from "../system/yaml-text.ts";
import { configSchema } from "./schema.ts";

/** The keys that the schema knows at a path. */
export const keysAt = (path: Path): string[] => [
	...new Set(schemasAt(path).flatMap((schema) => ("shape" in schema ? Object.keys(schema.shape as object) : []))),
];

/** The values that a literal at a path may have. */
export const choicesOf = (path: Path): string[] =>
	schemasAt(path).flatMap((schema) => (schema._zod.def as { values?: unknown[] }).values?.map(String) ?? []);

/** What the schema says of a path: several where it leaves a choice. */
function schemasAt(path: Path): z.core.$ZodType[] {
	let schemas = unwrap(configSchema);
	for (const key of path) schemas = schemas.flatMap((schema) => childOf(schema, key) ?? []).flatMap(unwrap);
	return schemas;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType[] {
	const {
		innerType,
		in: input,
		options,
	} = schema._zod.def as {
		innerType?: z.core.$ZodType;
		in?: z.core.$ZodType;
		options?: z.core.$ZodType[];
	};
	if (options) return options.flatMap(unwrap);
	const next = innerType ?? input;
	return next ? unwrap(next) : [schema];
}

function childOf(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType | undefined {
	const { shape, valueType } = schema._zod.def as {
		shape?: Record<string, z.core.$ZodType>;
		valueType?: z.core.$ZodType;
	};
	return (shape && ownOf(shape, String(key))) ?? valueType;
}
