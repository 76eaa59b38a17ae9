import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { endpointSchema } from "../instances/endpoint.ts";
import { readTextIfExists, writeTextAtomic } from "../system/files.ts";

const intentSchema = z.object({
	instance: z.string(),
	/** When it began, RFC 3339. */
	at: z.string(),
	/** Endpoints that the files had or may have. */
	from: z.array(z.object({ host: z.string(), port: z.int() })),
	to: endpointSchema,
	/** Build that the container said it is. */
	buildId: z.string().nullable(),
	/** What is written, in this order. */
	changes: z.array(z.object({ file: z.string(), what: z.string() })),
	/** Files that stood as they were committed. */
	restorable: z.array(z.string()),
	/** Name of the copy of .env below .cres; null when .env stays as it is. */
	backup: z.string().nullable(),
});

/** A rotation that has begun: written before its first change, removed after its entry. */
export type Intent = z.infer<typeof intentSchema>;
export type Change = Intent["changes"][number];

const pathOf = (root: string, instance: string): string => join(root, ".cres", "rotations", `${instance}.json`);

/** The rotation that was cut off, if one was. */
export async function readIntent(root: string, instance: string): Promise<Intent | undefined> {
	const text = await readTextIfExists(pathOf(root, instance));
	return text === undefined ? undefined : intentSchema.parse(JSON.parse(text));
}

export const writeIntent = (root: string, intent: Intent): Promise<void> =>
	writeTextAtomic(pathOf(root, intent.instance), `${JSON.stringify(intent, null, 2)}\n`, 0o600);

export const removeIntent = (root: string, instance: string): Promise<void> =>
	rm(pathOf(root, instance), { force: true });
