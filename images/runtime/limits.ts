/** The bytes of a stream as text; rejects when there are more than `most`. */
export async function readText(chunks: AsyncIterable<Uint8Array>, most: number): Promise<string> {
	const parts: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of chunks) {
		if ((size += chunk.byteLength) > most) throw new Error(`the answer is larger than ${most} bytes`);
		parts.push(chunk);
	}
	return Buffer.concat(parts).toString("utf8");
}

/** Bytes that count as progress: what drips would take days. */
export const STEP_BYTES = 16_384;

/** Aborts when `bytes` of progress have not come for so long. */
export interface Stall extends Disposable {
	signal: AbortSignal;
	/** Called with the bytes that came. */
	came(bytes: number): void;
}

/** A transfer that stands still, or drips, for `ms` milliseconds ends. */
export function stallLimit(ms: number, stepBytes = STEP_BYTES): Stall {
	const controller = new AbortController();
	const timer = setTimeout(() => controller.abort(new Error(`silent for ${ms / 1000} s`)), ms);
	let waiting = 0;
	return {
		signal: controller.signal,
		came(bytes) {
			if ((waiting += bytes) < stepBytes) return;
			waiting = 0;
			timer.refresh();
		},
		[Symbol.dispose]: () => clearTimeout(timer),
	};
}

/** The chunks as they come, counted. */
export async function* counted(chunks: AsyncIterable<Uint8Array>, stall: Stall): AsyncGenerator<Uint8Array> {
	for await (const chunk of chunks) {
		stall.came(chunk.byteLength);
		yield chunk;
	}
}
