import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../../src/system/clock.ts";

/** A clock that stands still but for whoever sleeps, which takes no time. */
export interface TestClock extends Clock {
	/** Milliseconds. */
	advance(ms: number): void;
}

export function testClock(start = "2026-03-01T10:00:00.000Z"): TestClock {
	let now = Date.parse(start);
	return {
		now: () => now,
		advance: (ms) => void (now += ms),
		async sleep(ms, signal) {
			signal?.throwIfAborted();
			now += ms;
			await setImmediate();
		},
	};
}
