import { Context } from "@temporalio/activity";
import { FAILURES } from "../../../src/contracts/task-names.ts";
import type { Refreshed } from "../../../src/contracts/tasks.ts";
import { passing } from "../failure.ts";

/** Milliseconds. */
const TIMEOUT = 90_000;

export type IndexActivities = ReturnType<typeof createIndexActivities>;

/** Tells whoever keeps the index of videos; without an address nobody is told. */
export const createIndexActivities = ({ reindexUrl }: { reindexUrl: string }) => ({
	refresh_index: async (): Promise<Refreshed> => {
		if (reindexUrl === "") return { refreshed: false };
		const cancelled = Context.current().cancellationSignal;
		const signal = AbortSignal.any([cancelled, AbortSignal.timeout(TIMEOUT)]);
		const response = await fetch(reindexUrl, { method: "POST", signal, redirect: "error" }).catch((error: Error) => {
			cancelled.throwIfAborted();
			throw passing(FAILURES.index, `${new URL(reindexUrl).origin} does not answer: ${error.message}`, error);
		});
		await response.body?.cancel();
		if (response.ok) return { refreshed: true };
		throw passing(FAILURES.index, `${new URL(reindexUrl).origin} answers ${response.status}`);
	},
});
