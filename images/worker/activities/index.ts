import { Context } from "@temporalio/activity";
import { FAILURES } from "../../../src/contracts/task-names.ts";
import type { Refreshed } from "../../../src/contracts/tasks.ts";
import { passing } from "../failure.ts";

/** Milliseconds. */
const TIMEOUT = 90_000;

export interface IndexDependencies {
	/** Empty: nobody is told. */
	reindexUrl: string;
	/** Empty: none is sent. */
	reindexToken: string;
}

export type IndexActivities = ReturnType<typeof createIndexActivities>;

/** Tells whoever keeps the index of videos; without an address nobody is told. `timeout`: milliseconds until it has answered. */
export const createIndexActivities = ({ reindexUrl, reindexToken }: IndexDependencies, timeout = TIMEOUT) => ({
	refresh_index: async (): Promise<Refreshed> => {
		if (reindexUrl === "") return { refreshed: false };
		const cancelled = Context.current().cancellationSignal;
		const signal = AbortSignal.any([cancelled, AbortSignal.timeout(timeout)]);
		const headers = reindexToken === "" ? {} : { authorization: `Bearer ${reindexToken}` };
		const response = await fetch(reindexUrl, { method: "POST", headers, signal, redirect: "error" }).catch(
			(error: Error) => {
				cancelled.throwIfAborted();
				throw passing(FAILURES.index, `${new URL(reindexUrl).origin} does not answer: ${error.message}`, error);
			},
		);
		await response.body?.cancel();
		if (response.ok) return { refreshed: true };
		throw passing(FAILURES.index, `${new URL(reindexUrl).origin} answers ${response.status}`);
	},
});
