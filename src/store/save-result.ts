import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { storedObjectSchema, type StoredObject } from "../contracts/tasks.ts";
import { UserError } from "../errors/errors.ts";
import type { Progress } from "../system/progress.ts";
import { bytes } from "../system/text.ts";
import type { Store } from "./store.ts";

/** The objects that a job's result names at its top level. */
export const objectsOf = (result: unknown): StoredObject[] =>
	Object.values(z.record(z.string(), z.unknown()).catch({}).parse(result)).flatMap((value) => {
		const parsed = storedObjectSchema.safeParse(value);
		return parsed.success ? [parsed.data] : [];
	});

/**
 * Fetches the objects that a result names into `directory`, under the last part of their keys; returns their paths.
 * @throws UserError object_incomplete, and those of the store
 */
export async function saveResult(
	{ store, progress, signal }: { store: Store; progress: Progress; signal: AbortSignal },
	result: unknown,
	directory: string,
): Promise<string[]> {
	await mkdir(directory, { recursive: true });
	const paths: string[] = [];
	for (const { key, bytes: expected } of objectsOf(result)) {
		const path = join(directory, basename(key));
		const saved = await progress.step(`fetch ${key}`, (report) =>
			store.save(key, path, {
				signal,
				most: expected,
				onBytes: (done) => report(`${bytes(done)} of ${bytes(expected)}`),
			}),
		);
		if (saved !== expected)
			throw new UserError("object_incomplete", `${key} has ${saved} bytes, the job stored ${expected}`, {
				hint: "somebody else may have stored it again: run the job again",
			});
		paths.push(path);
	}
	return paths;
}
