import { setTimeout as delay } from "node:timers/promises";

/** What one try came to. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: unknown };

/** Waits so many milliseconds; rejects with the reason of `signal` when that aborts. */
export const pausing =
	(signal: AbortSignal | undefined) =>
	async (ms: number): Promise<void> => {
		await delay(ms, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
	};

/**
 * Does `work` again while `pauseAfter` gives the milliseconds until the next try; undefined ends it with what the last
 * try came to. Only for work that may be done twice.
 */
export async function retried<T>(
	work: () => Promise<T>,
	pauseAfter: (outcome: Outcome<T>, tries: number) => number | undefined,
	sleep: (ms: number) => Promise<void> = pausing(undefined),
): Promise<T> {
	for (let tries = 1; ; tries++) {
		const outcome = await work().then(
			(value): Outcome<T> => ({ ok: true, value }),
			(error: unknown): Outcome<T> => ({ ok: false, error }),
		);
		const ms = pauseAfter(outcome, tries);
		if (ms !== undefined) await sleep(ms);
		else if (outcome.ok) return outcome.value;
		else throw outcome.error;
	}
}
