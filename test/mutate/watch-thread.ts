import process from "node:process";
import { workerData } from "node:worker_threads";
import { addResult } from "./task.ts";

const { state, folder, file } = workerData as { state: Float64Array; folder: string; file: string };

setInterval(() => {
	const [until, id] = state;
	if (until === undefined || until === 0 || Date.now() < until) return;
	addResult(folder, { file, id: String(id), verdict: "hung" });
	process.kill(process.pid, "SIGKILL");
}, 500);
