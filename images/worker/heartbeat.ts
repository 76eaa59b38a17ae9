import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Context } from "@temporalio/activity";

/** Milliseconds; cancellation reaches an activity only in answer to a heartbeat. */
const INTERVAL = 3_000;

export interface Heartbeat {
	/** What the activity is doing now. */
	stage: string;
	stop(): void;
}

/** Reports stage, seconds so far and bytes in the scratch directory until stopped. */
export function heartbeat(directory: string): Heartbeat {
	const context = Context.current();
	const started = Date.now();
	const beat = async (): Promise<void> => {
		const seconds = Math.round((Date.now() - started) / 1_000);
		context.heartbeat({ stage: current.stage, seconds, bytes: await bytesIn(directory) });
	};
	const timer = setInterval(() => void beat(), INTERVAL);
	const current: Heartbeat = { stage: "start", stop: () => clearInterval(timer) };
	return current;
}

/** Files that vanish while we look count as nothing. */
async function bytesIn(directory: string): Promise<number> {
	const names = await readdir(directory).catch(() => []);
	const sizes = await Promise.all(
		names.map((name) =>
			stat(join(directory, name)).then(
				(file) => file.size,
				() => 0,
			),
		),
	);
	return sizes.reduce((sum, size) => sum + size, 0);
}
