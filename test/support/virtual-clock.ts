import type { Clock } from "../../src/system/clock.ts";

interface Sleeper {
	at: number;
	wake(): void;
}

/** A clock whose time passes only while somebody sleeps: at once, in the order in which the sleepers wake. */
export function virtualClock(start = Date.UTC(2026, 10, 23, 10, 15)): Clock & { advance(ms: number): void } {
	let now = start;
	let pending = false;
	const sleepers: Sleeper[] = [];
	const pass = () => {
		pending = false;
		const next = sleepers.toSorted((a, b) => a.at - b.at)[0];
		if (!next) return;
		sleepers.splice(sleepers.indexOf(next), 1);
		now = Math.max(now, next.at);
		next.wake();
		schedule();
	};
	const schedule = () => {
		if (pending || sleepers.length === 0) return;
		pending = true;
		setImmediate(pass);
	};
	return {
		now: () => now,
		advance: (ms) => void (now += ms),
		sleep: (ms, signal) =>
			new Promise((resolve, reject) => {
				signal?.throwIfAborted();
				const abort = () => {
					sleepers.splice(sleepers.indexOf(sleeper), 1);
					reject(new DOMException("The operation was aborted", "AbortError"));
				};
				const sleeper = { at: now + ms, wake: () => (signal?.removeEventListener("abort", abort), resolve()) };
				signal?.addEventListener("abort", abort, { once: true });
				sleepers.push(sleeper);
				schedule();
			}),
	};
}
