import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Bytes of the files in a directory; what vanishes while we look counts as nothing. */
export async function bytesIn(directory: string): Promise<number> {
	const names = await readdir(directory).catch(() => []);
	const sizes = await Promise.all(
		names.map(async (name) => (await stat(join(directory, name)).catch(() => undefined))?.size ?? 0),
	);
	return sizes.reduce((total, size) => total + size, 0);
}
