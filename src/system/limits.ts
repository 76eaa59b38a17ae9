import { StringDecoder } from "node:string_decoder";

/** What ends a call that brings no answer in time; `code` as Node has it for a connection. */
export const noAnswer = (ms: number): Error =>
	Object.assign(new Error(`no answer in ${ms / 1000} s`), { code: "ETIMEDOUT" });

/** What ends an answer that is larger than it may be. */
export const tooLarge = (most: number): Error =>
	Object.assign(new Error(`the answer is larger than ${most} bytes`), { code: "EMSGSIZE" });

/**
 * Does `work` with a signal that aborts after `ms` milliseconds, or with `signal`; whichever comes first ends it, also
 * when the work does not listen. Rejects with noAnswer, or the signal's reason.
 */
export async function within<T>(
	ms: number,
	signal: AbortSignal | undefined,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	signal?.throwIfAborted();
	const late = new AbortController();
	const either = AbortSignal.any([late.signal, ...(signal ? [signal] : [])]);
	const timer = setTimeout(() => late.abort(noAnswer(ms)), ms);
	const { promise: ended, reject } = Promise.withResolvers<never>();
	const end = () => reject(either.reason as Error);
	either.addEventListener("abort", end, { once: true });
	try {
		return await Promise.race([work(either), ended]);
	} finally {
		clearTimeout(timer);
		either.removeEventListener("abort", end);
	}
}

/** What `work` brings, or at once the signal's reason when it aborts: the work goes on then, and nobody waits for it. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
	if (!signal) return work;
	const { promise: ended, reject } = Promise.withResolvers<never>();
	const end = () => reject(signal.reason as Error);
	if (signal.aborted) end();
	signal.addEventListener("abort", end, { once: true });
	try {
		return await Promise.race([ended, work]);
	} finally {
		signal.removeEventListener("abort", end);
	}
}

/** Aborts with `reason` when `progress` was not called for so long. */
export function stallLimit(
	ms: number,
	reason = `no progress in ${ms / 1000} s`,
): Disposable & {
	signal: AbortSignal;
	progress(): void;
} {
	const stalled = new AbortController();
	const timer = setTimeout(() => stalled.abort(Object.assign(new Error(reason), { code: "ETIMEDOUT" })), ms);
	return {
		signal: stalled.signal,
		progress: () => void timer.refresh(),
		[Symbol.dispose]: () => clearTimeout(timer),
	};
}

type Chunks = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

/** The bytes of a stream, which ends when there are more than `most`. Rejects with tooLarge then. */
export async function readBytes(chunks: Chunks, most: number): Promise<Buffer> {
	const parts: Buffer[] = [];
	let size = 0;
	for await (const chunk of chunks) {
		const part = Buffer.from(chunk as Uint8Array);
		if ((size += part.byteLength) > most) throw tooLarge(most);
		parts.push(part);
	}
	return Buffer.concat(parts);
}

/** Characters of a line from outside; of a longer one the beginning is kept. */
const LONGEST_LINE = 65_536;

/** Text lines of a stream, without their ends; what is longer than `most` characters is cut, with `…` behind it. */
export async function* linesOf(chunks: Chunks, most = LONGEST_LINE): AsyncGenerator<string> {
	const decoder = new StringDecoder("utf8");
	let parts: string[] = [];
	let length = 0;
	const add = (text: string) => {
		if (text !== "" && length <= most) parts.push(text);
		length += text.length;
	};
	const take = (): string => {
		const line = parts.join("");
		const whole = length <= most ? line.replace(/\r$/, "") : `${line.slice(0, most)}…`;
		parts = [];
		length = 0;
		return whole;
	};
	for await (const chunk of chunks) {
		const text = typeof chunk === "string" ? chunk : decoder.write(chunk as Buffer);
		let from = 0;
		for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
			add(text.slice(from, at));
			yield take();
			from = at + 1;
		}
		add(text.slice(from));
	}
	add(decoder.end());
	if (length > 0) yield take();
}

/** The same response with its body read, at most `most` bytes of it. Rejects with tooLarge when there are more. */
export async function wholeResponse(response: Response, most: number): Promise<Response> {
	const body = response.body ? await readBytes(response.body, most) : null;
	const { status, statusText, headers } = response;
	return new Response([204, 205, 304].includes(status) ? null : (body as Buffer<ArrayBuffer> | null), {
		status,
		statusText,
		headers,
	});
}
