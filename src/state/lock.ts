import { randomUUID } from "node:crypto";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { hasCode, type UserError } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import { claimOf, claimSchema, mayRun, type Claim } from "./claim.ts";
import { makeDirectory } from "../system/durable-files.ts";
import { unlessAborted } from "../system/limits.ts";
import { until } from "../system/until.ts";
import { HeldLock, type Lock } from "./held-lock.ts";
import { leaseHeld } from "./lease-errors.ts";
import { beginTerm, givenToken, latestTerm, type Term, type TermRecord } from "./lock-terms.ts";

const TTL_MS = 60_000;
const POLL_MS = 25;

export interface LockOptions {
	clock: Pick<Clock, "now">;
	/** A lock whose holder has not renewed it for that long is free; default 60 s. */
	ttlMs?: number;
	/** What is locked, for messages; default the name of the path. */
	subject?: string;
	/** What somebody can do who does not get it. */
	hint?: string;
	/** The token is larger than this one too. */
	atLeast?: number;
	/** Tokens grow across power cuts too (default), which costs two fsyncs. */
	durable?: boolean;
}

const holderSchema = claimSchema.extend({ token: z.int(), expires: z.number() });
/** Who holds a lock, or held it. `expires`: milliseconds since the epoch. */
export type Holder = z.infer<typeof holderSchema>;

/**
 * Takes the lock that is the directory `path`, and renews it until it is released. Of any number of processes exactly
 * one gets it. A lock whose time is over, or whose process on this host is gone, is taken over; its holder finds out
 * by `signal` and `assertHeld`. Tokens grow from holder to holder, also when files of the lock were removed by hand.
 * @throws UserError lease_held (busy): who holds it, for what and for how long
 */
export async function takeLock(path: string, claim: Claim, options: LockOptions): Promise<Lock> {
	const { clock, ttlMs = TTL_MS, subject = basename(path) } = options;
	const { hint = `wait, or look: cres lock show ${subject}` } = options;
	await makeDirectory(path);
	for (;;) {
		const latest = await latestTerm(path);
		if (isLive(latest, clock.now())) throw leaseHeld(subject, latest.record, clock.now(), hint);
		const token = Math.max(await lastToken(path, latest), options.atLeast ?? 0) + 1;
		const record = { ...claim, token, nonce: randomUUID(), expires: clock.now() + ttlMs, released: false };
		const term = await beginTerm(path, latest, record, options);
		if (term) return new HeldLock({ path, term: { ...term, record }, clock, ttlMs, subject });
	}
}

/** How work under a lock waits for it, and what it says. */
export interface WorkOptions extends Pick<LockOptions, "subject" | "hint"> {
	clock?: Clock;
	/** For what, as others are told; default: write. */
	purpose?: string;
	/** How long it waits for the lock when it is its turn among those of this process, in milliseconds; default 10 s, 0: not at all. */
	waitMs?: number;
	/** Between two looks, in milliseconds; default: some 40, at random, as many may wait. */
	everyMs?: number;
	/** Ends the wait, and by its own signal the work. */
	signal?: AbortSignal;
	/** Told once who has it, when that has to be waited for. */
	onWait?: (who: string) => void;
}

/**
 * Does `work` while no other process does work under the same lock. The work's signal is aborted when the lock is lost:
 * it does nothing more then.
 * @throws UserError lease_held (busy) when it stays locked, lease_lost (busy), and what `work` throws
 */
export async function withLock<T>(
	path: string,
	work: (lock: Lock, signal: AbortSignal) => Promise<T>,
	options: WorkOptions = {},
): Promise<T> {
	const lock = await waitForLock(path, options);
	try {
		return await work(lock, AbortSignal.any([lock.signal, ...(options.signal ? [options.signal] : [])]));
	} catch (error) {
		if (error instanceof Error && error.name === "AbortError") lock.signal.throwIfAborted(); // that says why
		throw error;
	} finally {
		await lock.release();
	}
}

/** Settles when the last one of this process that waits for a lock has it or has given up, by the lock's path. */
const lastWaiters = new Map<string, Promise<void>>();

/** In one process one waits after the other, each for its whole time: of many that look at random, one might never get it. */
async function waitForLock(path: string, options: WorkOptions): Promise<Lock> {
	if (options.waitMs === 0) return lookForLock(path, options);
	const before = lastWaiters.get(path) ?? Promise.resolve();
	const mine = unlessAborted(options.signal, before).then(() => lookForLock(path, options));
	// Whoever leaves the row leaves the next one behind those who still wait.
	const gone = Promise.allSettled([before, mine]).then(() => {
		if (lastWaiters.get(path) === gone) lastWaiters.delete(path);
	});
	lastWaiters.set(path, gone);
	return mine;
}

async function lookForLock(path: string, options: WorkOptions): Promise<Lock> {
	const { clock = realClock, purpose = "write", subject = basename(path), onWait = () => {} } = options;
	const { everyMs = POLL_MS * (1 + Math.random()), waitMs: withinMs = 10_000, signal } = options;
	const { hint = "run the command again" } = options;
	let held: UserError | undefined;
	const lock = await until(clock, { everyMs, withinMs, signal }, async () => {
		try {
			return await takeLock(path, claimOf(purpose, clock), { clock, subject, hint, durable: false });
		} catch (error) {
			if (!hasCode(error, "lease_held")) throw error;
			if (!held && withinMs > 0) onWait(error.message);
			held = error;
			return undefined;
		}
	});
	if (lock) return lock;
	throw held!;
}

/** Who holds the lock now, undefined when it is free. */
export async function lockHolder(path: string, clock: Pick<Clock, "now">): Promise<Holder | undefined> {
	const latest = await latestTerm(path);
	return isLive(latest, clock.now()) ? holderOf(latest.record) : undefined;
}

/** Ends whatever term is on file, live or not; its holder finds the lock lost. Returns who held it, if anybody. */
export async function breakLock(path: string): Promise<Holder | undefined> {
	for (;;) {
		const latest = await latestTerm(path);
		if (!latest || latest.record?.released) return undefined;
		const token = (await lastToken(path, latest)) + 1;
		const claim = claimOf("break", realClock);
		const record = { ...claim, token, nonce: randomUUID(), expires: 0, released: true };
		if (await beginTerm(path, latest, record)) return latest.record && holderOf(latest.record);
	}
}

const realClock: Clock = {
	now: Date.now,
	sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
};

const lastToken = async (path: string, latest: Term | undefined): Promise<number> =>
	Math.max(latest?.record?.token ?? 0, await givenToken(path));

function isLive(term: Term | undefined, now: number): term is Term & { record: TermRecord } {
	const record = term?.record;
	return record !== undefined && !record.released && record.expires > now && mayRun(record);
}

const holderOf = (record: TermRecord): Holder => holderSchema.parse(record);
