import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";

/** The text of a file, or undefined when there is none. Other failures are thrown. */
export async function readTextIfExists(path: string): Promise<string | undefined> {
	try {
		return await readFile(path, "utf8");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}

/** Replaces a file in one step (temporary file, fsync, rename): a reader sees the old or the new text, never a part. */
export async function writeTextAtomic(path: string, text: string, mode = 0o644): Promise<void> {
	const { default: writeFileAtomic } = await import("write-file-atomic");
	await mkdir(dirname(path), { recursive: true });
	await writeFileAtomic(path, text, { mode });
}
