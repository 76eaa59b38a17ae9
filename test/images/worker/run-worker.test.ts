import { describe, expect, it } from "vitest";
import { runWorker } from "../../../images/worker/run-worker.ts";

/** A worker that runs until it is shut down, as Temporal's does. */
function workerThatPolls() {
	const { promise: drained, resolve: drain } = Promise.withResolvers<void>();
	let state: "INITIALIZED" | "RUNNING" | "STOPPED" = "INITIALIZED";
	return {
		getState: () => state,
		async run() {
			state = "RUNNING";
			await drained;
			state = "STOPPED";
		},
		shutdown() {
			if (state !== "RUNNING") throw new Error(`Not running. Current state: ${state}`);
			drain();
		},
	};
}

describe("runWorker", () => {
	it("polls, says so, and drains at the signal", async () => {
		const worker = workerThatPolls();
		const controller = new AbortController();
		const said: string[] = [];
		const running = runWorker(worker, controller.signal, async () => void said.push(worker.getState()));
		setTimeout(() => controller.abort(new Error("stopped by SIGTERM")), 10);
		await running;
		expect([said, worker.getState()]).toEqual([["RUNNING"], "STOPPED"]);
	});

	it("never polls when the signal came while the worker was made", async () => {
		const worker = workerThatPolls();
		const said: string[] = [];
		await runWorker(worker, AbortSignal.abort(new Error("stopped by SIGTERM")), async () => void said.push("polls"));
		expect([said, worker.getState()]).toEqual([[], "INITIALIZED"]);
	});
});
