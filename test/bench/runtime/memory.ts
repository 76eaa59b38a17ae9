import { setTimeout as delay } from "node:timers/promises";
import { bytes, table } from "../../../src/system/text.ts";
import { say } from "../measure.ts";
import { makeBucket } from "./bucket.ts";
import { processesOf, type SeenProcess } from "./processes.ts";
import type { Stage } from "./stage.ts";

const AIM = 600_000_000;
const SETTLE_MS = 15_000;

/** Memory of an idle container, with models and in a box that has none. */
export async function memorySection(stage: Stage): Promise<void> {
	say(`  idle, models loaded, ${SETTLE_MS / 1_000} s after its queues are polled; each process:`);
	const loaded = await stage.box({ base: `bench-memory-${stage.run}` });
	await loaded.container.start();
	await loaded.polling();
	await delay(SETTLE_MS);
	sayProcesses(await processesOf(loaded));
	await stage.clear();
	const bucket = await makeBucket(stage.project.perimeter, `bench-${stage.run}-empty`);
	stage.defer(() => bucket[Symbol.asyncDispose]());
	say("\n  idle, no models there and none in the bucket: whisper answers, llama is skipped");
	const empty = await stage.box({
		base: `bench-empty-${stage.run}`,
		models: false,
		environment: { MINIO_BUCKET: bucket.name },
	});
	await empty.container.start();
	await delay(2 * SETTLE_MS);
	const total = sayProcesses(await processesOf(empty));
	say(`  without models: ${bytes(total)} resident (aim ≤ ${bytes(AIM)})`);
}

/** Returns the sum of what is resident, shared pages counted once a process. */
function sayProcesses(processes: readonly SeenProcess[]): number {
	const row = (name: string, { resident, anonymous, proportional }: Omit<SeenProcess, "pid" | "name">) => [
		name,
		...[resident, anonymous, proportional].map(bytes),
	];
	const total = {
		resident: sum(processes, "resident"),
		anonymous: sum(processes, "anonymous"),
		proportional: sum(processes, "proportional"),
	};
	const rows = processes.map((one) => row(one.name, one));
	say(table(["PROCESS", "RSS", "ANONYMOUS", "PSS"], [...rows, row("total", total)]));
	return total.resident;
}

const sum = (processes: readonly SeenProcess[], what: "resident" | "anonymous" | "proportional"): number =>
	processes.reduce((all, process) => all + process[what], 0);
