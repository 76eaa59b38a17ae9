import { stat } from "node:fs/promises";
import { bytesIn } from "./bytes-in.ts";

export interface ModelsPlace {
	/** Where they are fetched to. */
	directory: string;
	/** Path of the file that the models program leaves when it ends. */
	mark: string;
}

/**
 * Tells, whenever asked, whether a language model may still come: the models program runs and has brought bytes within
 * `stall` milliseconds, or has ended within them, so that the engine is about to start.
 */
export function modelsComing({ directory, mark }: ModelsPlace, stall: number): () => Promise<boolean> {
	let last = { bytes: -1, at: 0 };
	return async () => {
		const ended = await stat(mark).catch(() => undefined);
		if (ended) return Date.now() - ended.mtimeMs < stall;
		const bytes = await bytesIn(directory).catch(() => 0);
		if (bytes > last.bytes) last = { bytes, at: Date.now() };
		return Date.now() - last.at < stall;
	};
}
