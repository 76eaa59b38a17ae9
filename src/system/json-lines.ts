import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { z } from "zod";
import { readTextIfExists } from "./files.ts";

/** The lines of an append-only JSON Lines file that fit the schema, oldest first; a line cut short by a crash is left out. */
export async function readJsonLines<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
	const lines = ((await readTextIfExists(path)) ?? "").split("\n").filter((line) => line !== "");
	return lines.flatMap((line) => {
		const parsed = schema.safeParse(parseOrUndefined(line));
		return parsed.success ? [parsed.data] : [];
	});
}

/** Adds one line, readable by the owner only; makes the directory if needed. */
export async function appendJsonLine(path: string, value: unknown): Promise<void> {
	await mkdir(dirname(path), { recursive: true });
	await appendFile(path, `${JSON.stringify(value)}\n`, { mode: 0o600 });
}

function parseOrUndefined(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}
