import { setTimeout as delay } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { taskQueue } from "../../src/contracts/queues.ts";
import { ENQUEUE_SIGNAL, PENDING_QUERY } from "../../src/contracts/task-names.ts";
import { WORKFLOWS } from "../../src/contracts/tasks.ts";
import { faultPipeline, preparePipeline } from "./fault-pipeline.ts";
import { sdkConnection } from "../support/perimeter-temporal.ts";

const { temporal } = inject("perimeter");
const BASE = `dispatcher-parts-${process.pid}`;
/** Requests of one execution before it continues as new. */
const ONE_LIFE = 100;
const connection = Connection.lazy(sdkConnection(temporal));
const client = new Client({ connection });

beforeAll(preparePipeline, 60_000);
afterAll(() => connection.close());

const request = (at: number) => ({ request_id: `r${at}`, query: `Nothing ${BASE} ${at}`, limit: 1 });

/** Which of the requests batches have run, in their order, and how often. */
async function batchesInOrder(): Promise<number[]> {
	const found: { at: number; started: number }[] = [];
	for await (const { workflowId, startTime } of client.workflow.list({ query: `WorkflowType="${WORKFLOWS.batch}"` })) {
		const at = new RegExp(`nothing-${BASE}-(\\d+)-`).exec(workflowId)?.[1];
		if (at !== undefined) found.push({ at: Number(at), started: startTime.getTime() });
	}
	return found.toSorted((a, b) => a.started - b.started).map(({ at }) => at);
}

it("keeps order, what waits and what was asked for twice over continue-as-new, and loses no signal meanwhile", async () => {
	// A search that finds nothing.
	await using _ = await faultPipeline(BASE, { programs: { "yt-dlp": "\nexit 0" } });
	const workflowId = `${BASE}-dispatcher`;
	const first = await client.workflow.start(WORKFLOWS.dispatcher, {
		taskQueue: taskQueue(BASE, "cpu"),
		workflowId,
		args: [{}],
	});
	const all = Array.from({ length: ONE_LIFE + 24 }, (_, at) => at);
	const now = client.workflow.getHandle(workflowId);
	for (const at of all.slice(0, ONE_LIFE + 4)) await now.signal(ENQUEUE_SIGNAL, request(at));
	await now.signal(ENQUEUE_SIGNAL, request(ONE_LIFE + 2));
	// The rest comes while the last request of the first life runs and the second one begins.
	const waiting = () => now.query(PENDING_QUERY);
	await expect.poll(waiting, { timeout: 120_000, interval: 50 }).toBeLessThanOrEqual(5);
	for (const at of all.slice(ONE_LIFE + 4)) {
		await now.signal(ENQUEUE_SIGNAL, request(at));
		await delay(20);
	}
	const life = async () => (await now.describe()).runId;
	await expect.poll(life, { timeout: 20_000 }).not.toBe(first.firstExecutionRunId);
	await now.signal(ENQUEUE_SIGNAL, request(3));
	await expect.poll(waiting, { timeout: 60_000, interval: 250 }).toBe(0);
	await expect.poll(batchesInOrder, { timeout: 10_000 }).toEqual(all);
	await now.terminate();
}, 240_000);
