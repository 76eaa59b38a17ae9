import { addAbortSignal, type Readable } from "node:stream";
import { readBytes, within } from "../system/limits.ts";

/** More than any file has that a smoke test reads, with its headers. */
const MOST_BYTES = 1 << 20;
const BLOCK = 512;
/** Type of a plain file, in old archives and new ones. */
const FILE = ["0", "\0"];

/**
 * Text of the first file in a tar (POSIX.1-2024, pax, "ustar Interchange Format"), as Docker packs one file; undefined when
 * it holds none. It must be whole within `ms` milliseconds.
 * @throws Error for more than 1 MiB or a late end, the signal's reason
 */
export async function firstFile(tar: Readable, ms: number, signal?: AbortSignal): Promise<string | undefined> {
	const bytes = await within(ms, signal, (ended) => readBytes(addAbortSignal(ended, tar), MOST_BYTES)).finally(() =>
		tar.destroy(),
	);
	for (let at = 0; at + BLOCK <= bytes.length;) {
		const field = (from: number, length: number) => bytes.toString("latin1", at + from, at + from + length);
		const size = Number.parseInt(field(124, 12), 8) || 0;
		const content = at + BLOCK;
		if (FILE.includes(field(156, 1)) && field(0, 1) !== "\0") return bytes.toString("utf8", content, content + size);
		at = content + Math.ceil(size / BLOCK) * BLOCK;
	}
	return undefined;
}
