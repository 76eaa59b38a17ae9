import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../logger.ts";
import type { TemporalAddress } from "./connection.ts";

/** One attempt may take this long, in milliseconds: a host that drops packets answers nothing. */
const ATTEMPT_TIMEOUT = 10_000;
/** The first failure is logged, then every so many. */
const LOG_EVERY = 15;

export interface RetryOptions extends Omit<TemporalAddress, "namespace"> {
	maxAttempts: number;
	retrySeconds: number;
	signal: AbortSignal;
	log: Log;
}

/** Temporal never answered; the message names the address and the last reason. */
class UnreachableError extends Error {
	override readonly name = "UnreachableError";
}

/**
 * Tries `connect` until it succeeds. A connection that comes when its attempt is over is closed.
 * @throws UnreachableError after the last attempt, the signal's reason when aborted
 */
export async function connectWithRetry<T extends { close(): Promise<unknown> }>(
	connect: () => Promise<T>,
	options: RetryOptions,
	attemptTimeout = ATTEMPT_TIMEOUT,
): Promise<T> {
	const { address, maxAttempts, retrySeconds, signal, log } = options;
	for (let attempt = 1; ; attempt++) {
		try {
			return await inTime(connect, AbortSignal.any([signal, AbortSignal.timeout(attemptTimeout)]));
		} catch (error) {
			signal.throwIfAborted();
			const reason = error instanceof Error ? error.message : String(error);
			if (attempt >= maxAttempts) {
				throw new UnreachableError(`Temporal at ${address} did not answer in ${attempt} attempts: ${reason}`);
			}
			if (attempt % LOG_EVERY === 1) log("WARN", "Temporal does not answer", { address, attempt, maxAttempts, reason });
			await before(signal, delay(retrySeconds * 1_000, undefined, { signal }));
		}
	}
}

/** What `connect` gives before the signal; what comes later is closed. */
async function inTime<T extends { close(): Promise<unknown> }>(
	connect: () => Promise<T>,
	signal: AbortSignal,
): Promise<T> {
	signal.throwIfAborted();
	const connecting = connect();
	try {
		return await before(signal, connecting);
	} catch (error) {
		void connecting.then((late) => late.close()).catch(() => {}); // its failure is told already, or of no interest
		throw error;
	}
}

/** The promise's outcome, or the signal's reason when that comes first. */
async function before<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
	signal.throwIfAborted();
	const { promise: aborted, reject } = Promise.withResolvers<never>();
	const abort = (): void => reject(signal.reason);
	signal.addEventListener("abort", abort);
	try {
		return await Promise.race([promise, aborted]);
	} finally {
		signal.removeEventListener("abort", abort);
	}
}
