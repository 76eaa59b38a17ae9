import { setTimeout as delay } from "node:timers/promises";

/** Time, so that tests can set it. */
export interface Clock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Waits `ms` milliseconds; rejects with an AbortError when `signal` aborts first. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
	now: () => Date.now(),
	sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
};
