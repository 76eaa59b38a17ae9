import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { Client, Connection, type WorkflowFailedError } from "@temporalio/client";
import { AwsClient } from "aws4fetch";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { DEPLOYMENT_NAME } from "../../src/contracts/build-info.ts";
import { parseIdentity } from "../../src/contracts/identity.ts";
import { taskQueue } from "../../src/contracts/queues.ts";
import { FAILURES, WORKFLOWS } from "../../src/contracts/tasks.ts";
import { BUILD, startWorker } from "./worker-process.ts";
import { sdkConnection, temporalEnvironment } from "../support/perimeter-temporal.ts";

const { temporal, store } = inject("perimeter");
const BUCKET = "cres";
const BASE = `worker-parts-${process.pid}`;
const environment = {
	...temporalEnvironment(temporal),
	WORKER_INSTANCE_NAME: "cpu-1",
	BASE_TASK_QUEUE: BASE,
	MINIO_ENDPOINT: new URL(store.endpoint).host,
	MINIO_ACCESS_KEY: store.accessKey,
	MINIO_SECRET_KEY: store.secretKey,
	MINIO_BUCKET: BUCKET,
	WORKER_SHUTDOWN_GRACE_SECONDS: "1",
};

const objects = new AwsClient({
	accessKeyId: store.accessKey,
	secretAccessKey: store.secretKey,
	service: "s3",
	region: "us-east-1",
});
const connection = Connection.lazy(sdkConnection(temporal));
const client = new Client({ connection });

beforeAll(async () => {
	await promisify(execFile)(process.execPath, [join(import.meta.dirname, "../../images/build.js")]);
	await objects.fetch(`${store.endpoint}/${BUCKET}`, { method: "PUT" });
}, 60_000);
afterAll(() => connection.close());

const start = (name: string) =>
	client.workflow.start(WORKFLOWS.video, {
		taskQueue: taskQueue(BASE, "cpu"),
		workflowId: `${BASE}-${name}`,
		args: [{ url: `http://media.test/${name}.mp4`, query: "Two words", until: "download" }],
	});

const failureType = async (name: string): Promise<unknown> => {
	const failure: WorkflowFailedError = await (await start(name)).result().catch((error) => error);
	return (failure.cause?.cause as { type?: unknown } | undefined)?.type;
};

describe("a worker with Temporal and a store", () => {
	it("does a job, fails others by type, leaves no scratch and drains on SIGTERM", async () => {
		await using worker = await startWorker(environment);
		const { identity } = JSON.parse(await worker.line("worker starts")) as { identity: string };
		const key = (folder: string, end: string) => `queries/two-words/${folder}/A speech_speech${end}`;
		expect(await (await start("speech")).result()).toEqual({
			videoId: "speech",
			title: "A speech",
			url: "http://media.test/speech.mp4",
			durationSeconds: 9.4,
			bucket: BUCKET,
			video: { key: key("videos", ".mp4"), bytes: 29 },
			audio: { key: key("audio", ".wav"), bytes: 4 },
			info: { key: key("videos", ".info.json"), bytes: 35 },
			worker: identity,
		});
		const stored = await objects.fetch(encodeURI(`${store.endpoint}/${BUCKET}/${key("videos", ".mp4")}`));
		expect(await stored.text()).toBe("http://media.test/speech.mp4\n");
		expect([await failureType("gone"), await failureType("silent")]).toEqual([FAILURES.notFound, FAILURES.noAudio]);
		expect(await readdir(worker.scratch)).toEqual([]);
		worker.kill("SIGTERM");
		expect(await worker.exit).toBe(0);
		expect(worker.lines.join("\n")).not.toContain(store.secretKey);
	}, 60_000);

	it("polls as its build, each container under its own identity", async () => {
		await using worker = await startWorker({ ...environment, WORKER_INSTANCE_NAME: "cpu-2" });
		await worker.line("RUNNING");
		await expect.poll(() => pollersOf("cpu-2")).toHaveLength(1);
		const [poller] = await pollersOf("cpu-2");
		expect(poller?.deploymentOptions).toMatchObject({ deploymentName: DEPLOYMENT_NAME, buildId: BUILD.buildId });
	}, 30_000);

	it("ends a cancelled download within five seconds, programs and scratch included", async () => {
		await using worker = await startWorker(environment);
		const job = await start("slow");
		await expect.poll(() => readdir(worker.scratch), { timeout: 15_000 }).toHaveLength(1);
		await job.cancel();
		await expect.poll(() => readdir(worker.scratch), { timeout: 5_000 }).toEqual([]);
		await expect(job.result()).rejects.toThrow("cancelled");
	}, 40_000);

	it("stops within seconds however many poll the same queue", async () => {
		await using workers = new AsyncDisposableStack();
		const started = await Promise.all(["1", "2", "3", "4"].map(() => startWorker(environment)));
		for (const worker of started) workers.use(worker);
		await Promise.all(started.map((worker) => worker.line("RUNNING")));
		await delay(2_000); // all of their polls are with the server
		const told = Date.now();
		for (const worker of started) worker.kill("SIGTERM");
		expect(await Promise.all(started.map(({ exit }) => exit))).toEqual([0, 0, 0, 0]);
		expect(Date.now() - told).toBeLessThan(5_000);
	}, 60_000);

	it("hands a running job on when told to stop, after the grace time", async () => {
		await using worker = await startWorker(environment);
		const job = await start("slow");
		await expect.poll(() => readdir(worker.scratch), { timeout: 15_000 }).toHaveLength(1);
		worker.kill("SIGTERM");
		expect(await worker.exit).toBe(0);
		expect(await readdir(worker.scratch)).toEqual([]);
		expect((await job.describe()).status.name).toBe("RUNNING");
		await job.terminate();
	}, 40_000);
});

describe("a worker that cannot start", () => {
	it("names all that is missing in one line and exits 1", async () => {
		await using worker = await startWorker({ MINIO_ACCESS_KEY: "key" });
		expect(await worker.exit).toBe(1);
		expect(worker.lines.map((line) => JSON.parse(line).message)).toEqual([
			"missing environment: TEMPORAL_ADDRESS, WORKER_INSTANCE_NAME, MINIO_ENDPOINT, MINIO_SECRET_KEY (or AWS_SECRET_ACCESS_KEY)",
		]);
	}, 20_000);

	it("has one role a process", async () => {
		await using worker = await startWorker({ ...environment, WORKER_MODE: "both" });
		expect(await worker.exit).toBe(1);
		expect(worker.lines).toEqual([expect.stringContaining("WORKER_MODE=both: a process has one role")]);
	}, 20_000);

	it("tries an unreachable Temporal as often as told, then exits 1", async () => {
		const unreachable = { TEMPORAL_ADDRESS: "127.0.0.1:1", TEMPORAL_CONNECT_RETRY_SECONDS: "0" };
		await using worker = await startWorker({ ...environment, ...unreachable, TEMPORAL_CONNECT_MAX_ATTEMPTS: "3" });
		expect(await worker.exit).toBe(1);
		expect(JSON.parse(worker.lines.at(-1)!)).toMatchObject({
			level: "ERROR",
			message: expect.stringMatching(/^Temporal at 127\.0\.0\.1:1 did not answer in 3 attempts: /),
		});
	}, 20_000);

	it("stops promptly and cleanly while it still connects", async () => {
		await using worker = await startWorker({ ...environment, TEMPORAL_ADDRESS: "127.0.0.1:1" });
		await worker.line("does not answer");
		const told = Date.now();
		worker.kill("SIGTERM");
		expect([await worker.exit, Date.now() - told < 1_500]).toEqual([0, true]);
	}, 20_000);
});

async function pollersOf(instance: string) {
	const { pollers } = await connection.workflowService.describeTaskQueue({
		namespace: "default",
		taskQueue: { name: taskQueue(BASE, "cpu"), kind: 1 },
		taskQueueType: 1,
	});
	return (pollers ?? []).filter(({ identity }) => {
		const parsed = parseIdentity(identity ?? "");
		return parsed?.role === "cpu" && parsed.instance === instance && parsed.buildId === BUILD.buildId;
	});
}
