import { open, stat } from "node:fs/promises";
import { withoutEscapes } from "./escapes.ts";

/** Bytes of a file; 0 when there is none. */
export const fileSize = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;

const READ_BYTES = 16_384;

/**
 * The last lines, at most `count`, of what stands in a file after its first `from` bytes; at most 16 KiB are read.
 * Without colours, control characters and empty lines; none when there is no such file.
 */
export async function lastLines(path: string, from: number, count: number): Promise<string[]> {
	const file = await open(path, "r").catch(() => undefined);
	if (file === undefined) return [];
	try {
		const start = Math.max(from, (await file.stat()).size - READ_BYTES);
		const { bytesRead, buffer } = await file.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, start);
		return printable(buffer.toString("utf8", 0, bytesRead)).slice(-count);
	} finally {
		await file.close();
	}
}

const printable = (text: string): string[] =>
	withoutEscapes(text)
		.split(/[\r\n]+/)
		.map((line) => line.replaceAll(/\p{Cc}/gu, " ").trimEnd())
		.filter((line) => line !== "");
