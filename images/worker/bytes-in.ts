import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * Bytes of the files in a directory and in those below it; a link counts as itself, and what vanishes as nothing.
 * Rejects when a directory may not be read: there, a program could hide what it writes.
 */
export async function bytesIn(directory: string): Promise<number> {
	const entries = await readdir(directory, { withFileTypes: true }).catch(vanished);
	const sizes = await Promise.all(
		entries.map(async (entry) => {
			const path = join(directory, entry.name);
			return entry.isDirectory() ? bytesIn(path) : ((await lstat(path).catch(() => undefined))?.size ?? 0);
		}),
	);
	return sizes.reduce((total, size) => total + size, 0);
}

function vanished(error: NodeJS.ErrnoException): [] {
	if (error.code === "EACCES") throw error;
	return [];
}
