import { setTimeout as delay } from "node:timers/promises";
import { type Answer, type Body, send } from "../http.ts";

/**
 * Why an engine did not do what it was asked. `unreachable`: no answer came; `loading`, `busy`: it will serve soon;
 * `refused`: the content is at fault; `too-long`: the text does not fit its context; `nonsense`: the answer is of
 * another form; `failed`: it answers with any other error.
 */
export type EngineFault = "unreachable" | "loading" | "busy" | "refused" | "too-long" | "nonsense" | "failed";

export class EngineError extends Error {
	override readonly name = "EngineError";
	readonly fault: EngineFault;
	/** Seconds after which the engine wants to be asked again. */
	readonly retryAfter: number | undefined;

	constructor(fault: EngineFault, message: string, options: { cause?: unknown; retryAfter?: number | undefined } = {}) {
		super(message, { cause: options.cause });
		this.fault = fault;
		this.retryAfter = options.retryAfter;
	}
}

export interface Question {
	/** Absent: GET. */
	body?: Body;
	signal: AbortSignal;
	/** Milliseconds until an answer that does not come counts as unreachable. */
	limit: number;
}

/** Whatever the engine answers. @throws EngineError unreachable, the signal's reason when aborted */
export async function ask(name: string, url: URL, { body, signal, limit }: Question): Promise<Answer> {
	const timed = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
	try {
		return await send(url, body, timed);
	} catch (error) {
		signal.throwIfAborted();
		const { message, code } = (timed.aborted ? late(limit) : error) as NodeJS.ErrnoException;
		throw new EngineError("unreachable", `${name} at ${url.origin} does not answer: ${message || code}`, {
			cause: error,
		});
	}
}

const late = (limit: number): Error => new Error(`no answer in ${limit / 1_000} s`);

export interface Patience {
	/** While the engine fails so, it is asked again. */
	faults: readonly EngineFault[];
	/** Milliseconds from a failure to the next question. */
	every: number;
	/** Milliseconds after which the failure counts; absent: as many as the signal allows. */
	limit?: number;
}

/** Repeats a question until the engine serves. @throws EngineError of the last one, the signal's reason when aborted */
export async function askPatiently<T>(
	{ faults, every, limit = Infinity }: Patience,
	signal: AbortSignal,
	question: () => Promise<T>,
): Promise<T> {
	for (const end = Date.now() + limit; ;) {
		try {
			return await question();
		} catch (error) {
			if (!(error instanceof EngineError && faults.includes(error.fault)) || Date.now() >= end) throw error;
			await delay(every, undefined, { signal }).catch(() => signal.throwIfAborted());
		}
	}
}
