import { setTimeout as delay } from "node:timers/promises";
import type { WorkflowHandle } from "@temporalio/client";
import { z } from "zod";
import { queryKeys } from "../../../src/contracts/objects.ts";
import { batchResultSchema, WORKFLOWS } from "../../../src/contracts/tasks.ts";
import { seconds } from "../../../src/system/text.ts";
import { say } from "../measure.ts";
import type { Box } from "./box.ts";
import { retriesOf } from "./retries.ts";
import type { Stage } from "./stage.ts";
import { serveVideos, type Videos } from "./videos.ts";

const KILL_EVERY_MS = 5_000;
const PARALLELISM = 4;

const manifestSchema = z.object({
	videos: z.array(
		z.object({
			video_id: z.string(),
			url: z.string(),
			status: z.string(),
			error: z.object({ type: z.string() }).nullish(),
		}),
	),
});

/** One batch over two containers, left alone and then with one of them killed every 5 s. */
export async function batchSection(stage: Stage): Promise<void> {
	const videos = await serveVideos(stage.project.perimeter.bridge.gateway, stage.counts.videos);
	stage.defer(() => videos[Symbol.asyncDispose]());
	const base = `bench-batch-${stage.run}`;
	const environment = {
		SEARCH_URL: videos.search,
		SCHEDULER_ACTIVE_MAX_PARALLELISM: String(PARALLELISM),
		WORKER_GPU_THREADS: String(PARALLELISM),
		TRANSCRIPT_MIN_CHARS: "1",
	};
	const boxes = [await stage.box({ base, environment }), await stage.box({ base, environment })];
	for (const { container } of boxes) await container.start();
	for (const box of boxes) await box.polling();
	say(
		`  ${videos.ids.length} videos, ${videos.seconds} s of speech in all; two containers, both roles each, ${PARALLELISM} videos at once`,
	);
	const calm = await oneBatch(stage, base, "calm", videos, []);
	const killed = await oneBatch(stage, base, "killed", videos, boxes);
	if (calm !== undefined && killed !== undefined) say(`  killed/calm: ${(killed / calm).toFixed(1)} × the time`);
}

/** Runs one batch, killing `victims` in turns meanwhile; returns its milliseconds, undefined when it did not end. */
async function oneBatch(stage: Stage, base: string, name: string, videos: Videos, victims: readonly Box[]) {
	const query = `Bench ${stage.run} ${name}`;
	const input = { query, limit: videos.ids.length, parallelism: PARALLELISM };
	const started = performance.now();
	const job = await stage.start(WORKFLOWS.batch, base, `batch-${name}`, input);
	const { ended, kills } = await whileKilling(victims, () =>
		Promise.race([job.result().then(() => true), delay(stage.counts.minutes * 60_000, false, { ref: false })]),
	);
	const ms = performance.now() - started;
	say(
		`  ${name}: ${ended ? "ended" : "NOT ended"} after ${seconds(ms)}, ${kills} kills, ${await retriesText(stage, job)}`,
	);
	if (ended) say(`    ${((60_000 * videos.ids.length) / ms).toFixed(1)} videos a minute`);
	await sayManifest(stage, query, videos);
	if (!ended) return undefined;
	const { completed, failed, combined } = batchResultSchema.parse(await job.result());
	say(`    the batch says: ${completed} completed, ${failed} failed, combined ${combined.status}`);
	return ms;
}

/** How a wait ended, and how many containers were killed meanwhile. */
async function whileKilling(victims: readonly Box[], wait: () => Promise<boolean>) {
	const over = new AbortController();
	const killing = killInTurns(victims, over.signal);
	killing.catch(() => over.abort());
	try {
		const ended = await wait();
		over.abort();
		return { ended, kills: await killing };
	} finally {
		over.abort();
	}
}

/** SIGKILL to the whole container, and docker's start at once; returns how many were killed. */
async function killInTurns(victims: readonly Box[], over: AbortSignal): Promise<number> {
	let kills = 0;
	while (victims.length > 0) {
		await delay(KILL_EVERY_MS, undefined, { signal: over }).catch(() => {});
		if (over.aborted) break;
		const { container } = victims[kills++ % victims.length]!;
		await container.kill({ signal: "SIGKILL" });
		await container.wait();
		await container.start();
	}
	return kills;
}

async function retriesText(stage: Stage, job: WorkflowHandle): Promise<string> {
	const { activities, workflowTasks } = await retriesOf(stage.client, job);
	const names = Object.entries(activities).map(([name, count]) => `${name} ${count}`);
	return `activities tried again: ${names.join(", ") || "none"}; workflow tasks: ${workflowTasks}`;
}

/** Every video once, with an end that says why. */
async function sayManifest({ bucket }: Stage, query: string, { ids }: Videos): Promise<void> {
	const { videos } = manifestSchema.parse((await bucket.read(queryKeys(query).manifest)) ?? { videos: [] });
	const found = videos.map(({ url }) => url.split("/").at(-1)!.replace(".mp4", ""));
	const missing = ids.filter((id) => !found.includes(id));
	const twice = found.filter((id, at) => found.indexOf(id) !== at);
	const failed = videos.flatMap(({ status, error }) => (status === "failed" ? (error?.type ?? "WITHOUT A TYPE") : []));
	const summarized = videos.filter(({ status }) => status === "summarized").length;
	const once = missing.length === 0 && twice.length === 0 && summarized + failed.length === ids.length;
	say(
		`    manifest: ${videos.length} entries, ${new Set(found).size} different videos; ${summarized} summarized, ${failed.length} failed${failed.length > 0 ? ` (${failed.join(", ")})` : ""}`,
	);
	say(
		`    every video ends exactly once: ${once ? "yes" : `NO, missing ${missing.join(" ") || "none"}, twice ${twice.join(" ") || "none"}`}`,
	);
}
