import { setTimeout as delay } from "node:timers/promises";
import type { STATES } from "../../src/contracts/health.ts";

type State = (typeof STATES)[number];

/** What one dependency was seen to be. */
export interface Finding<Facts = unknown> {
	state: State;
	/** Why it is not ok, on one line. */
	reason?: string;
	/** What an answer tells besides. */
	facts?: Facts;
}

/** Asks a dependency; rejects with the reason when it is down, and should give up when the signal aborts. */
export type Probe<Facts = unknown> = (signal: AbortSignal) => Promise<Facts>;

/** A dependency that answered and says that it cannot work, with what it tells besides. */
export class NotReadyError extends Error {
	override readonly name = "NotReadyError";
	readonly facts: unknown;
	constructor(reason: string, facts?: unknown) {
		super(reason);
		this.facts = facts;
	}
}

const NOT_NEEDED: Finding<never> = { state: "n/a" };

/** What the probe finds within `limit` milliseconds, even where it does not heed its signal; undefined is not needed here. */
export async function examine<Facts>(probe: Probe<Facts> | undefined, limit: number): Promise<Finding<Facts>> {
	if (!probe) return NOT_NEEDED;
	const over = new AbortController();
	const silent: Finding<Facts> = { state: "unknown", reason: `no answer within ${limit} ms` };
	const late = delay(limit, silent, { signal: over.signal });
	try {
		return await Promise.race([ask(probe, over.signal), late]);
	} finally {
		over.abort();
	}
}

async function ask<Facts>(probe: Probe<Facts>, signal: AbortSignal): Promise<Finding<Facts>> {
	try {
		return { state: "ok", facts: await probe(signal) };
	} catch (error) {
		const facts = error instanceof NotReadyError ? (error.facts as Facts) : undefined;
		return { state: "down", reason: reasonOf(error), ...(facts === undefined ? {} : { facts }) };
	}
}

function reasonOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	// fetch hides what happened behind "fetch failed".
	const { message, name } = error.message === "fetch failed" && error.cause instanceof Error ? error.cause : error;
	return (message || name).split("\n", 1)[0]!.slice(0, 300);
}

/** Gives the last result again for `milliseconds` after it came; who asks meanwhile waits for the same one. */
export function shared<T>(milliseconds: number, now: () => number, make: () => Promise<T>): () => Promise<T> {
	let current: Promise<T> | undefined;
	let freshUntil = Infinity;
	return () => {
		if (current && now() < freshUntil) return current;
		freshUntil = Infinity;
		current = make().finally(() => (freshUntil = now() + milliseconds));
		return current;
	};
}
