import type { ExpectedPoller, Role } from "../contracts/queues.ts";
import { UserError } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import { awaitPollers } from "./await-pollers.ts";
import type { PollerRow } from "./pollers.ts";
import type { Temporal } from "./temporal.ts";

/** A worker that shall poll, and how it is seen to live. */
export interface WatchedWorker {
	expected: readonly ExpectedPoller[];
	/** Undefined as long as it is not known. */
	identity(role: Role): string | undefined;
	/** Looks at it. @throws UserError container_died when it is dead, or keeps ending */
	assertAlive(signal: AbortSignal): Promise<void>;
	/** Milliseconds between two such looks. */
	lookEveryMs: number;
}

export interface PollingOptions {
	temporal: Temporal;
	clock: Clock;
	signal: AbortSignal;
	timeoutMs: number;
	report: (text: string) => void;
}

/**
 * Waits until this very worker polls every expected queue.
 * @throws UserError container_died as soon as it dies, never_polled after `timeoutMs`, and those of Temporal
 */
export async function untilPolling(worker: WatchedWorker, options: PollingOptions): Promise<PollerRow[]> {
	const { temporal, clock, timeoutMs, report } = options;
	const { expected } = worker;
	const done = new AbortController();
	const signal = AbortSignal.any([options.signal, done.signal]);
	const onTick = (seen: PollerRow[]) => report(`${seen.length} of ${expected.length} poll`);
	const identity = (role: Role) => worker.identity(role) ?? "";
	const polling = awaitPollers(temporal, { expected, identity }, { timeoutMs, signal, clock, onTick });
	const living = whileAlive(worker, clock, signal);
	try {
		const { seen, missing } = await Promise.race([polling, living]);
		if (missing.length === 0) return seen;
		throw neverPolled(missing, timeoutMs);
	} finally {
		done.abort();
		living.catch(() => {}); // a look that is under way takes a round trip: nobody waits for it
		await Promise.allSettled([polling]);
	}
}

/** Settles only by failing: when the worker is dead, or when `signal` aborts. */
async function whileAlive(worker: WatchedWorker, clock: Clock, signal: AbortSignal): Promise<never> {
	for (;;) {
		await clock.sleep(worker.lookEveryMs, signal);
		await worker.assertAlive(signal);
	}
}

const neverPolled = (missing: readonly ExpectedPoller[], timeoutMs: number) =>
	new UserError(
		"never_polled",
		`the worker did not poll ${missing.map(({ queue, type }) => `${queue} (${type})`).join(", ")} within ${timeoutMs / 1000} s`,
		{ hint: "read cres logs, check queue, Temporal address and namespace in cres.yaml, then run the command again" },
	);
