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

/** A clock that runs `factor` times as fast as `clock`: what takes a minute by it is over in a minute / factor. */
export function scaledClock(clock: Clock, factor: number): Clock {
	if (factor === 1) return clock;
	const started = clock.now();
	return {
		now: () => started + (clock.now() - started) * factor,
		sleep: (ms, signal) => clock.sleep(ms / factor, signal),
	};
}
