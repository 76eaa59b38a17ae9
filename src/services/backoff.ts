const FIRST_MS = 500;
const LONGEST_MS = 30_000;
/** As many crashes within so long are a loop. */
const LOOP = 5;
const LOOP_WITHIN_MS = 120_000;
/** Whatever has run for so long begins again with its next crash. */
export const SETTLED_MS = 60_000;

export interface Backoff {
	/** Until the program is started again. */
	delayMs: number;
	/** It has crashed five times within two minutes. */
	isLoop: boolean;
	/** Crashes that count, this one included. */
	crashes: readonly number[];
}

/**
 * What follows on a crash at `now` of a program that ran for `ranMs`; `before` are the crashes that counted until then.
 * Milliseconds, monotonic.
 */
export function afterCrash(before: readonly number[], now: number, ranMs: number): Backoff {
	const kept = ranMs >= SETTLED_MS ? [] : before;
	const crashes = [...kept, now].slice(-20);
	const delayMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (crashes.length - 1));
	return { delayMs, isLoop: crashes.filter((at) => now - at < LOOP_WITHIN_MS).length >= LOOP, crashes };
}
