import { Worker } from "node:worker_threads";
import { MORE_MS, TIMES } from "./task.ts";

/** Ends this process, with a result, when a mutant keeps it busy for too long: no timeout of a test would be seen. */
export function startWatch(folder: string, file: string) {
	const state = new Float64Array(new SharedArrayBuffer(16));
	const worker = new Worker(new URL("watch-thread.ts", import.meta.url), { workerData: { state, folder, file } });
	worker.unref();
	return {
		/** `usual`: milliseconds without a mutant. */
		begin: (id: string, usual: number): void => {
			state[1] = Number(id);
			state[0] = Date.now() + 2 * (TIMES * usual + MORE_MS) + 20_000;
		},
		end: (): void => {
			state[0] = 0;
		},
		stop: () => void worker.terminate(),
	};
}
