import type { Clock } from "../system/clock.ts";
import type { Route } from "./routes.ts";
import { vastError, type Failed } from "./failures.ts";
import type { Limiter } from "./limiter.ts";
import { pathOf, type Ask, type Failure, type Reason, type Transport } from "./transport.ts";

const TRIES = 6;
const LONGEST_PAUSE_MS = 30_000;
/** A platform that asks to wait longer is not waited for. */
const LONGEST_WAIT_MS = 120_000;
const JITTER_MS = 1_500;

/** One request that was made, for counting and for talk. */
export interface CallRecord {
	method: Route["method"];
	path: string;
	/** HTTP status; undefined when no reply came. */
	status: number | undefined;
	/** Why it failed; undefined when it did not. */
	failure: string | undefined;
	/** It is made again after this time, in milliseconds of the platform; undefined when not. */
	againInMs: number | undefined;
}

export type Outcome = { ok: true; body: unknown } | ({ ok: false } & Failed);

export interface Caller {
	/** The body of the reply. Throws as vastError says. */
	call: (route: Route, ask?: Ask) => Promise<unknown>;
	/** As `call`, with a failure as a value. */
	attempt: (route: Route, ask?: Ask) => Promise<Outcome>;
}

export interface CallerOptions {
	transport: Transport;
	limiter: Limiter;
	clock: Clock;
	signal?: AbortSignal | undefined;
	onCall?: ((call: CallRecord) => void) | undefined;
}

/** No effect: such a call may be made again whatever it does. */
const WITHOUT_EFFECT: readonly Reason[] = ["unsent", "rate-limited"];
const PASSING: readonly Reason[] = [...WITHOUT_EFFECT, "lost", "unavailable", "garbled"];
/** It may have been carried out. */
const UNCERTAIN: readonly Reason[] = ["lost", "unavailable", "garbled", "crashed"];

const mayRepeat = ({ once }: Route, { reason, retryAfterMs = 0 }: Failure): boolean =>
	(once ? WITHOUT_EFFECT : PASSING).includes(reason) && retryAfterMs <= LONGEST_WAIT_MS;

/** Pause after so many failed tries, in milliseconds: 2ⁿ s, at most 30 s, and up to 1.5 s more. */
export const pauseAfter = (tries: number, random: number): number =>
	Math.min(1_000 * 2 ** tries, LONGEST_PAUSE_MS) + random * JITTER_MS;

/** undefined: the call may not be made again. */
const pauseBefore = (route: Route, failure: Failure, tries: number): number | undefined =>
	mayRepeat(route, failure) ? Math.max(pauseAfter(tries, Math.random()), failure.retryAfterMs ?? 0) : undefined;

/** How long a route is left alone that has refused a call for coming too early. */
const leastPause = ({ intervalMs, penaltyMs = 0 }: Route, { retryAfterMs = 0 }: Failure): number =>
	Math.max(intervalMs, penaltyMs, retryAfterMs);

/** Calls that keep their distance, and are made again where that does no harm. */
export function createCaller({ transport, limiter, clock, signal, onCall }: CallerOptions): Caller {
	async function attempt(route: Route, ask: Ask = {}): Promise<Outcome> {
		const lane = `${route.method} ${route.path}`;
		for (let tries = 1, uncertain = false; ; tries++) {
			const reply = await limiter.run(lane, route.intervalMs, () => transport(route, ask), signal);
			const failure = reply.ok ? undefined : reply.failure;
			const status = reply.ok ? reply.status : reply.failure.status;
			const againInMs = failure && tries < TRIES ? pauseBefore(route, failure, tries) : undefined;
			onCall?.({ method: route.method, path: pathOf(route, ask), status, failure: failure?.reason, againInMs });
			if (reply.ok) return reply;
			const { reason } = reply.failure;
			if (reason === "rate-limited") limiter.postpone(lane, leastPause(route, reply.failure));
			uncertain ||= UNCERTAIN.includes(reason);
			if (againInMs === undefined) return { ...reply, route, ask, uncertain };
			await clock.sleep(againInMs, signal);
		}
	}

	return {
		attempt,
		async call(route, ask) {
			const outcome = await attempt(route, ask);
			if (outcome.ok) return outcome.body;
			throw vastError(outcome);
		},
	};
}
