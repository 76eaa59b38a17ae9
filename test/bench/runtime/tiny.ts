import { setTimeout as delay } from "node:timers/promises";
import { taskQueue } from "../../../src/contracts/queues.ts";
import { WORKFLOWS } from "../../../src/contracts/tasks.ts";
import { bytes, seconds, table } from "../../../src/system/text.ts";
import { say } from "../measure.ts";
import type { Box } from "./box.ts";
import { processesOf } from "./processes.ts";
import type { Stage } from "./stage.ts";

const KEY = "queries/tiny/transcripts/tiny.json";
const TEXT = "One image, one digest, one proof.";
const TRANSCRIPT = { text: TEXT, segments: [], language: "en", summary: "", keywords: [], search_query: "tiny" };
/** Looked at so often; the first look is what growth is measured from. */
const PARTS = 10;
const AIM = 0.1;
const SETTLE_MS = 5_000;
const LOOK_EVERY_MS = 250;
const STARTED_AT_ONCE = 20;
const MOST_MS = 8 * 60_000;
const WORKERS = ["worker-cpu", "worker-gpu"] as const;

/** Resident bytes of each worker. */
type Resident = Record<(typeof WORKERS)[number], number>;

/**
 * ReprocessVideo of one short text with LLAMA_DISABLE=1: a workflow and refresh_index on `@cpu`, summarize_content with its
 * read and write of the store on `@gpu`, and the fall-back in place of seconds of a language model.
 */
export async function tinySection(stage: Stage): Promise<void> {
	const { jobs } = stage.counts;
	const base = `bench-tiny-${stage.run}`;
	await stage.bucket.put(KEY, JSON.stringify(TRANSCRIPT));
	const box = await stage.box({
		base,
		environment: { LLAMA_DISABLE: "1" },
	});
	await box.container.start();
	await box.polling();
	await delay(SETTLE_MS);
	const seen: [number, Resident][] = [[0, await residentOf(box)]];
	const started = performance.now();
	await queue(stage, base, jobs);
	for (let part = 1; part <= PARTS; part++) {
		const completed = await finished(stage, base, Math.ceil((jobs * part) / PARTS));
		if (part === PARTS) break;
		seen.push([completed, await residentOf(box)]);
	}
	const took = performance.now() - started;
	await delay(SETTLE_MS);
	seen.push([jobs, await residentOf(box)]);
	const pace = ((jobs * 1_000) / took).toFixed(1);
	say(`  ${jobs} jobs, each a workflow and two activities, all queued first, in ${seconds(took)}: ${pace} a second`);
	sayGrowth(seen);
}

function sayGrowth(seen: readonly (readonly [number, Resident])[]): void {
	const headers = ["AFTER JOBS", ...WORKERS.map((name) => `${name} RSS`)];
	say(
		table(
			headers,
			seen.map(([after, resident]) => row(after, resident)),
		),
	);
	const [, [early, first], ...later] = seen as [unknown, [number, Resident], ...[number, Resident][]];
	const most = (name: keyof Resident): number => Math.max(...later.map(([, resident]) => resident[name]));
	const growth = WORKERS.map((name) => `${name} ${(100 * (most(name) / first[name] - 1)).toFixed(1)} %`);
	say(`  most of all later looks, over the one after the first ${early}: ${growth.join(", ")} (aim ≤ ${100 * AIM} %)`);
}

const row = (after: number, resident: Resident): string[] => [
	String(after),
	...WORKERS.map((name) => bytes(resident[name])),
];

/** Starts all jobs, some at once. */
async function queue(stage: Stage, base: string, count: number): Promise<void> {
	const numbers = Array.from({ length: count }, (_, at) => at).values();
	const lane = async (): Promise<void> => {
		for (const number of numbers)
			await stage.start(WORKFLOWS.reprocess, base, `tiny-${number}`, { objectKey: KEY, text: TEXT });
	};
	await Promise.all(Array.from({ length: STARTED_AT_ONCE }, lane));
}

/** Waits until so many have completed, and says how many have. @throws Error when one ends otherwise, or after 8 min */
async function finished({ client, run }: Stage, base: string, wanted: number): Promise<number> {
	const ours = `TaskQueue = '${taskQueue(base, "cpu")}' AND WorkflowId STARTS_WITH 'bench-${run}-tiny-'`;
	const count = async (status: string): Promise<number> => (await client.workflow.count(`${ours} AND ${status}`)).count;
	const deadline = performance.now() + MOST_MS;
	for (;;) {
		const completed = await count("ExecutionStatus = 'Completed'");
		if (completed >= wanted) return completed;
		if (performance.now() > deadline) throw new Error(`${completed} of ${wanted} jobs have completed after 8 min`);
		if ((await count("ExecutionStatus = 'Failed'")) > 0) throw new Error("a job has failed");
		await delay(LOOK_EVERY_MS);
	}
}

async function residentOf(box: Box): Promise<Resident> {
	const processes = await processesOf(box);
	const of = (name: string): number => processes.find((process) => process.name === name)?.resident ?? 0;
	return { "worker-cpu": of("worker-cpu"), "worker-gpu": of("worker-gpu") };
}
