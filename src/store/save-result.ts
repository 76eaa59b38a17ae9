import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { storedObjectSchema, type StoredObject } from "../contracts/tasks.ts";
import { UserError } from "../errors/errors.ts";
import { makeFolder } from "../system/files.ts";
import type { Progress } from "../system/progress.ts";
import { bytes } from "../system/text.ts";
import type { Store } from "./store.ts";

/** Results that are fetched, and the endings of their files; null: that of the object, where it is a plain one. */
const NAMES = { video: null, audio: "wav", info: "json", transcript: "json", thumbnail: null } as const;

/** Where the objects of a job go. */
export interface Destination {
	/** What --output names. */
	output: string;
	workflowId: string;
	/** Files that are there are replaced. */
	force: boolean;
}

/** The objects of a job's result, by what they are; anything else that a worker names is left alone. */
export const objectsOf = (result: unknown): { name: string; object: StoredObject }[] => {
	const given = z.record(z.string(), z.unknown()).catch({}).parse(result);
	return Object.entries(NAMES).flatMap(([kind, ending]) => {
		const { data: object } = storedObjectSchema.safeParse(given[kind]);
		return object ? [{ name: [kind, ending ?? endingOf(object.key)].filter(Boolean).join("."), object }] : [];
	});
};

const endingOf = (key: string): string | undefined => /\.([a-z0-9]{1,5})$/.exec(key)?.[1];

/** A directory of the job below --output. Ids come from people and from workers: no separators, no dots at the start. */
export const directoryOf = ({ output, workflowId }: Destination): string =>
	join(
		output,
		workflowId
			.replaceAll(/[^\w.-]/g, "_")
			.replace(/^\.+/, "_")
			.slice(0, 100),
	);

/** Before a job starts. @throws UserError output_exists where its directory is not empty */
export async function assertFree(destination: Destination): Promise<void> {
	const directory = directoryOf(destination);
	const names = await readdir(directory).catch(() => []);
	if (!destination.force && names.length > 0) throw outputExists(directory);
}

/**
 * Fetches the objects of a result under fixed names into the job's directory; returns their paths.
 * @throws UserError object_incomplete, output_exists, and those of the store
 */
export async function saveResult(
	{ store, progress, signal }: { store: Store; progress: Progress; signal: AbortSignal },
	result: unknown,
	destination: Destination,
): Promise<string[]> {
	const directory = directoryOf(destination);
	await makeFolder(directory);
	const files = objectsOf(result).map(({ name, object }) => ({ ...object, path: join(directory, name) }));
	for (const { path } of files) if (!destination.force && (await isTaken(path))) throw outputExists(path);
	for (const { key, bytes: expected, path } of files) {
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
	}
	return files.map(({ path }) => path);
}

/** A link that leads nowhere, too. */
const isTaken = (path: string): Promise<boolean> =>
	lstat(path).then(
		() => true,
		() => false,
	);

const outputExists = (path: string): UserError =>
	new UserError("output_exists", `${path} is there already`, { hint: "another --output, or --force to replace it" });
