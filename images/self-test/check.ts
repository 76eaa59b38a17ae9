import { setTimeout as delay } from "node:timers/promises";
import type { SelfTestCheck } from "../../src/contracts/self-test.ts";

/** What a check saw. */
export interface Seen {
	ok: boolean;
	observed: string;
	/** What it should have been, where that is not plain. */
	expected?: string;
}

/** Looks at one thing and should give up when the signal aborts; what it throws is a failure with that reason. */
type Look = (signal: AbortSignal) => Promise<Seen>;

/** Runs one check. It ends after `limit` milliseconds, even where `look` does not heed its signal. */
export async function check(id: string, limit: number, look: Look, signal: AbortSignal): Promise<SelfTestCheck> {
	const started = performance.now();
	const over = new AbortController();
	const timed = AbortSignal.any([signal, over.signal]);
	const late = delay(limit, undefined, { signal: timed }).then(
		() => failed(`no answer within ${limit / 1_000} s`),
		() => failed("stopped"),
	);
	const looked = look(timed).catch((error: unknown) => failed(reasonOf(error)));
	const seen = await Promise.race([looked, late]);
	over.abort();
	return { id, ...seen, ms: Math.round(performance.now() - started) };
}

const failed = (observed: string): Seen => ({ ok: false, observed });

/** One line; what hides behind "fetch failed" included. */
function reasonOf(error: unknown): string {
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	const { message, code } = cause as { message?: string; code?: string };
	return (message || code || String(cause)).trim().split("\n", 1)[0]!.slice(0, 300);
}
