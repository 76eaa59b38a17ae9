import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";

/** More than any file has that a smoke test reads. */
const MOST_BYTES = 1 << 20;

/**
 * Text of the first file in a tar (Docker Engine API, GET /containers/{id}/archive); undefined when it is no plain file.
 * @throws Error for one of more than 1 MiB
 */
export async function firstFile(tar: NodeJS.ReadableStream): Promise<string | undefined> {
	const { extract } = await import("tar-stream");
	const entries = extract();
	(tar as Readable).on("error", (error) => entries.destroy(error)).pipe(entries);
	try {
		for await (const entry of entries) {
			const { type, size = 0 } = entry.header;
			if (type !== "file") return undefined;
			if (size > MOST_BYTES) throw new Error(`${entry.header.name} has ${size} bytes`);
			return await text(entry as unknown as Readable);
		}
		return undefined;
	} finally {
		(tar as Readable).destroy();
	}
}
