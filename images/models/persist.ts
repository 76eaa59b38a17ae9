import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../runtime/logger.ts";
import { ModelError, reasonOf } from "./model-error.ts";

/** Failures in a row without progress after which a source counts as unreachable. */
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 500;

export interface PersistPorts {
	log: Log;
	signal: AbortSignal;
	/** Pause after the first failure in milliseconds; it doubles with each further one. */
	firstPauseMs?: number | undefined;
}

/**
 * Repeats `work` while it fails as source-unreachable. `progressed` tells whether it came further than the time before.
 * @throws ModelError of the last failure, and the signal's reason
 */
export async function persist<T>(
	{ log, signal, firstPauseMs = FIRST_PAUSE_MS }: PersistPorts,
	name: string,
	work: () => Promise<T>,
	progressed: () => Promise<boolean> = () => Promise.resolve(false),
): Promise<T> {
	for (let failures = 0; ;) {
		try {
			return await work();
		} catch (error) {
			signal.throwIfAborted();
			if (!(error instanceof ModelError) || error.fault !== "source-unreachable") throw error;
			failures = (await progressed()) ? 1 : failures + 1;
			if (failures === ATTEMPTS) throw error;
			log("WARN", `${name}: ${reasonOf(error)}; trying again`, { failures });
			await delay(firstPauseMs * 2 ** (failures - 1), undefined, { signal });
		}
	}
}
