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

/** How far this machine's clock is from the servers' clocks, as their answers tell. */
export interface ClockSkew {
	/** Takes a server's time and this clock's, in milliseconds since the epoch; `whom` is for people. */
	note(whom: string, serverMs: number, localMs: number): void;
	/** What this clock is ahead, in milliseconds; negative: behind. 0 within the 30 s that a slow answer may take. */
	ahead(): number;
	/** Who told it last. */
	readonly whom: string | undefined;
}

/** Well before the minutes by which S3 and registries refuse a clock, polls look older than they are. */
const TOLERATED_MS = 30_000;

/** Nothing is known before the first note. */
export function createSkew(): ClockSkew {
	let last: { whom: string; ms: number } | undefined;
	return {
		note: (whom, serverMs, localMs) => void (last = { whom, ms: localMs - serverMs }),
		ahead: () => (last && Math.abs(last.ms) > TOLERATED_MS ? last.ms : 0),
		get whom() {
			return last?.whom;
		},
	};
}
