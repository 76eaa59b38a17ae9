import { readFile, rm } from "node:fs/promises";

/** The text of a file, or undefined when there is none. Other failures are thrown, with the path. */
export async function readTextIfExists(path: string): Promise<string | undefined> {
	try {
		return await readFile(path, "utf8");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw withPath(error, path);
	}
}

/** Removes a file; does nothing when there is none. */
export const removeFile = (path: string): Promise<void> => rm(path, { force: true });

/** Node names no path where reading or writing fails on an open file: a directory, a full disk. */
export function withPath(error: unknown, path: string): unknown {
	if (error instanceof Error) Object.assign(error, { path: (error as NodeJS.ErrnoException).path ?? path });
	return error;
}
