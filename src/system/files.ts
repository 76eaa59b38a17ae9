import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** The text of a file, or undefined when there is none. Other failures are thrown, with the path. */
export async function readTextIfExists(path: string): Promise<string | undefined> {
	try {
		return await readFile(path, "utf8");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw withPath(error, path);
	}
}

/** Replaces a file in one step (temporary file, fsync, rename): a reader sees the old or the new text, never a part. */
export async function writeTextAtomic(path: string, text: string, mode = 0o644): Promise<void> {
	const { default: writeFileAtomic } = await import("write-file-atomic");
	await mkdir(dirname(path), { recursive: true });
	await writeFileAtomic(path, text, { mode }).catch((error: unknown) => {
		throw withPath(error, path);
	});
}

/** Node names no path where reading or writing fails on an open file: a directory, a full disk. */
function withPath(error: unknown, path: string): unknown {
	if (error instanceof Error) Object.assign(error, { path: (error as NodeJS.ErrnoException).path ?? path });
	return error;
}

/** Removes a file; does nothing when there is none. */
export const removeFile = (path: string): Promise<void> => rm(path, { force: true });

/** Longer than any holder needs: an older lock was left by a crash. */
const STALE_LOCK_MS = 10_000;
const LOCK_TRIES = 200;
const LOCK_WAIT_MS = 50;

/**
 * Does `work` while no other process does work under the same lock file; waits up to 10 s for it.
 * @throws Error when it stays locked, and what `work` throws
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
	await mkdir(dirname(path), { recursive: true });
	for (let attempt = 1; !(await createLock(path)); attempt++) {
		if (attempt === LOCK_TRIES) throw new Error(`${path} is held by another process`);
		const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
		if (age > STALE_LOCK_MS) await rm(path, { force: true });
		else await delay(LOCK_WAIT_MS);
	}
	try {
		return await work();
	} finally {
		await rm(path, { force: true });
	}
}

/** False when it is there already. */
async function createLock(path: string): Promise<boolean> {
	try {
		await (await open(path, "wx")).close();
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
		throw error;
	}
}
