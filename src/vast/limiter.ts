import { randomBytes } from "node:crypto";
import type { Secret } from "../secrets/secret.ts";
import type { Clock } from "../system/clock.ts";
import { unlessAborted } from "../system/limits.ts";

/** A reply that takes longer than this is no longer waited for: its request has arrived long ago. */
const ARRIVED_BY_MS = 20_000;
/** Added to the interval, at random. */
const JITTER = 0.02;

/** Keeps the calls of each lane apart. A lane is one route. */
export interface Limiter {
	/** Makes the call as soon as its lane is free, in the order of asking. Rejects when `signal` aborts before that. */
	run<T>(lane: string, intervalMs: number, call: () => Promise<T>, signal?: AbortSignal): Promise<T>;
	/** Keeps a lane shut for this long from now. */
	postpone(lane: string, ms: number): void;
}

interface Lane {
	/** Settles when everybody who came before has made his call. */
	last: Promise<void>;
	/** Time of the clock. */
	opensAt: number;
}

/** Nothing but this process compares these. */
const PROCESS_KEY = randomBytes(32);

const limiters = new WeakMap<Clock, Map<string, Limiter>>();

/** The limiter that everybody in this process shares who asks one platform with one key. */
export function limiterFor(clock: Clock, url: string, key: Secret): Limiter {
	const known = limiters.get(clock) ?? new Map<string, Limiter>();
	limiters.set(clock, known);
	const identity = key.fingerprint(url, PROCESS_KEY);
	const limiter = known.get(identity) ?? createLimiter(clock);
	known.set(identity, limiter);
	return limiter;
}

/**
 * The platform measures from arrival to arrival. A request has surely arrived when its reply is here, so the interval
 * is counted from there: no delay on the way can bring two arrivals closer together than the interval.
 */
export function createLimiter(clock: Clock): Limiter {
	const lanes = new Map<string, Lane>();
	const laneOf = (name: string): Lane => {
		const lane = lanes.get(name) ?? { last: Promise.resolve(), opensAt: -Infinity };
		lanes.set(name, lane);
		return lane;
	};
	const shut = (lane: Lane, ms: number) => {
		lane.opensAt = Math.max(lane.opensAt, clock.now() + ms);
	};
	return {
		postpone: (name, ms) => shut(laneOf(name), ms),
		async run(name, intervalMs, call, signal) {
			const lane = laneOf(name);
			const turn = Promise.withResolvers<void>();
			const before = lane.last;
			lane.last = before.then(() => turn.promise);
			try {
				await untilOpen(lane, before, clock, signal);
			} catch (error) {
				turn.resolve();
				throw error;
			}
			const reply = call();
			void arrived(reply, clock).then(() => {
				shut(lane, intervalMs * (1 + Math.random() * JITTER));
				turn.resolve();
			});
			return reply;
		},
	};
}

async function untilOpen(lane: Lane, before: Promise<void>, clock: Clock, signal: AbortSignal | undefined) {
	await unlessAborted(signal, before);
	// not at the very time, as a clock may be a tick behind; again, as timers end early and lanes are postponed
	while (clock.now() <= lane.opensAt) await clock.sleep(Math.max(1, lane.opensAt - clock.now()), signal);
}

/** Resolves when the call has ended, well or badly, or after so long that its request must have arrived. */
async function arrived(reply: Promise<unknown>, clock: Clock): Promise<void> {
	const ended = new AbortController();
	const patience = clock.sleep(ARRIVED_BY_MS, ended.signal).catch(() => undefined);
	await Promise.race([reply.catch(() => undefined), patience]);
	ended.abort();
}
