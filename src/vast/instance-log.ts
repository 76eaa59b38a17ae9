import type { Clock } from "../system/clock.ts";
import { fetchOpen } from "../system/redirect.ts";
import { limitedTo } from "./transport.ts";

/** How long a log may take until it is there, in milliseconds of the platform. */
const PATIENCE_MS = 30_000;
/** How long one fetch may take, in milliseconds of real time. */
const FETCH_MS = 20_000;
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 5_000;
const LARGEST_LOG = 1_000_000;

/**
 * The text at a `result_url`, at most its first megabyte; undefined when it is not there in time. It lies in an object
 * store that answers 403 or 404 until the host has uploaded it, and that must not see the account's key.
 */
export async function fetchLog(url: URL, clock: Clock, signal: AbortSignal | undefined): Promise<string | undefined> {
	const until = clock.now() + PATIENCE_MS;
	for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
		await clock.sleep(pauseMs, signal);
		if (clock.now() > until) return undefined;
		const text = await readOnce(url, limitedTo(FETCH_MS, signal)).catch(() => undefined);
		signal?.throwIfAborted();
		if (text !== undefined) return text;
	}
}

async function readOnce(url: URL, signal: AbortSignal): Promise<string | undefined> {
	const response = await fetchOpen(url, signal);
	if (response.ok && response.body) return firstOf(response.body, LARGEST_LOG);
	await response.body?.cancel();
	return undefined;
}

async function firstOf(body: ReadableStream<Uint8Array>, limit: number): Promise<string> {
	const parts: Uint8Array[] = [];
	let size = 0;
	for await (const part of body) {
		parts.push(part);
		size += part.byteLength;
		if (size >= limit) break; // which cancels the rest
	}
	return Buffer.concat(parts).subarray(0, limit).toString("utf8");
}
