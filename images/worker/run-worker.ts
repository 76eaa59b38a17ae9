import { setTimeout as delay } from "node:timers/promises";
import type { Worker } from "@temporalio/worker";

/** A drained worker may take this long to part from the server, in milliseconds. */
const PARTING = 1_000;
const LOOK_EVERY = 50;

/**
 * Polls until the signal, then drains; never polls when it has come already. A stopped worker has nothing left to do, but its native part waits for polls
 * that the server still holds, where others poll the same queue up to a minute (sdk-rust#1197): that is cut short.
 */
export async function runWorker(
	worker: Pick<Worker, "run" | "shutdown" | "getState">,
	signal: AbortSignal,
	onPolling: () => Promise<void>,
): Promise<void> {
	// It came while the worker was made, and comes no second time.
	if (signal.aborted) return;
	const { promise: parted, resolve } = Promise.withResolvers<void>();
	signal.addEventListener("abort", () => {
		worker.shutdown();
		void parting(worker).then(resolve);
	});
	const running = worker.run();
	await Promise.race([running, onPolling().catch(() => {})]); // a mark that cannot be written stops no worker
	await Promise.race([running, parted]);
}

async function parting(worker: Pick<Worker, "getState">): Promise<void> {
	while (worker.getState() !== "STOPPED") await delay(LOOK_EVERY);
	await delay(PARTING);
}
