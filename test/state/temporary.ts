import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/system/clock.ts";

export const temporaryDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), "cres-state-"));

/** A clock that stands still until it is set. */
export function settableClock(now = Date.now()): Clock & { advance(ms: number): void } {
	return {
		now: () => now,
		sleep: () => Promise.resolve(),
		advance(ms) {
			now += ms;
		},
	};
}
