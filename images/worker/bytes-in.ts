import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Bytes of the files in a directory and in those below it; a link counts as itself, and what vanishes as nothing. */
export async function bytesIn(directory: string): Promise<number> {
	const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
	const sizes = await Promise.all(
		entries.map(async (entry) => {
			const path = join(directory, entry.name);
			return entry.isDirectory() ? bytesIn(path) : ((await lstat(path).catch(() => undefined))?.size ?? 0);
		}),
	);
	return sizes.reduce((total, size) => total + size, 0);
}
