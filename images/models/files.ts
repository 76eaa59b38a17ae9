import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

/** Bytes of a file; 0 when there is none. */
export async function sizeOf(path: string): Promise<number> {
	return (await stat(path).catch(absent))?.size ?? 0;
}

/** For `catch`: undefined when the file is not there. */
export function absent(error: NodeJS.ErrnoException): undefined {
	if (error.code !== "ENOENT") throw error;
}

/** Hex digits of what lies on disk. */
export async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
	const hash = createHash("sha256");
	await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
	return hash.digest("hex");
}

/** A reader sees the old or the new text, never a part. */
export async function replaceText(path: string, text: string): Promise<void> {
	const temporary = `${path}.${process.pid}.new`;
	const file = await open(temporary, "w");
	try {
		await file.writeFile(text);
		await file.sync();
	} finally {
		await file.close();
	}
	await rename(temporary, path);
}
