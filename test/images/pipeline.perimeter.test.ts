import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client, Connection } from "@temporalio/client";
import { AwsClient } from "aws4fetch";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { queryKeys } from "../../src/contracts/objects.ts";
import { taskQueue } from "../../src/contracts/queues.ts";
import { ENQUEUE_SIGNAL, PENDING_QUERY } from "../../src/contracts/task-names.ts";
import { batchResultSchema, videoResultSchema, WORKFLOWS } from "../../src/contracts/tasks.ts";
import { fakeLlama, fakeWhisper, SPOKEN } from "./activities/engines.ts";
import { startWorker } from "./worker-process.ts";
import { record } from "./workflows/record.ts";
import { sdkConnection, temporalEnvironment } from "../support/perimeter-temporal.ts";

const { temporal, store } = inject("perimeter");
const BASE = `pipeline-parts-${process.pid}`;
const BUCKET = "cres";
const connection = Connection.lazy(sdkConnection(temporal));
const client = new Client({ connection });
const { accessKey: accessKeyId, secretKey: secretAccessKey } = store;
const objects = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region: "us-east-1" });

beforeAll(async () => {
	await promisify(execFile)(process.execPath, [join(import.meta.dirname, "../../images/build.js")]);
	await objects.fetch(`${store.endpoint}/${BUCKET}`, { method: "PUT" });
}, 60_000);
afterAll(() => connection.close());

const read = async (key: string): Promise<unknown> =>
	(await objects.fetch(encodeURI(`${store.endpoint}/${BUCKET}/${key}`))).json();

/** A worker of each role, and the engines. */
async function startPipeline(changes: Record<string, string> = {}) {
	const stack = new AsyncDisposableStack();
	const whisper = stack.use(await fakeWhisper());
	const llama = stack.use(await fakeLlama());
	const environment = {
		...temporalEnvironment(temporal),
		WORKER_INSTANCE_NAME: "box-1",
		WORKER_CONTAINER_ID: "89abcdef",
		BASE_TASK_QUEUE: BASE,
		MINIO_ENDPOINT: new URL(store.endpoint).host,
		MINIO_ACCESS_KEY: store.accessKey,
		MINIO_SECRET_KEY: store.secretKey,
		MINIO_BUCKET: BUCKET,
		WHISPER_URL: whisper.origin,
		LLAMA_URL: llama.origin,
		GPU_PRETEND: "1",
		SEARCH_URL: "http://media.test/search?q={query}&n={count}",
		...changes,
	};
	const cpu = stack.use(await startWorker({ ...environment, WORKER_MODE: "cpu" }));
	const gpu = stack.use(await startWorker({ ...environment, WORKER_MODE: "gpu" }));
	return { whisper, llama, cpu, gpu, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const start = (type: string, name: string, input: unknown) =>
	client.workflow.start(type, { taskQueue: taskQueue(BASE, "cpu"), workflowId: `${BASE}-${name}`, args: [input] });

describe("the pipeline", () => {
	it("makes transcript and summary of a video, each on its own queue", async () => {
		await using pipeline = await startPipeline();
		const job = await start(WORKFLOWS.video, "one", { url: "http://media.test/speech.mp4", query: "One video" });
		const result = videoResultSchema.parse(await job.result());
		await record("video", job);
		expect(result).toMatchObject({
			text: SPOKEN,
			language: "en",
			summary: `A summary of ${SPOKEN.length} characters.`,
			engines: { whisper: { pretended: true }, llm: { model: "tiny.gguf", pretended: true } },
			summaryFallback: null,
			worker: expect.stringMatching(/^cpu@box-1\/0123456789ab-89abcdef$/),
			workers: { transcribe: expect.stringMatching(/^gpu@box-1\/0123456789ab-89abcdef$/) },
		});
		expect(await read(result.transcript!.key)).toMatchObject({ text: SPOKEN, summary: result.summary });
		const video = { video_id: "speech", status: "summarized", transcript_key: result.transcript!.key };
		expect(await read(queryKeys("One video").manifest)).toMatchObject({ videos: [video] });
		expect(pipeline.gpu.lines.join("\n")).toContain("GPU_PRETEND");
	}, 60_000);

	it("ends a batch whose videos end differently, each once in the manifest", async () => {
		await using _ = await startPipeline();
		const job = await start(WORKFLOWS.batch, "batch", { query: "A batch", limit: 10 });
		const result = batchResultSchema.parse(await job.result());
		await record("batch", job);
		expect(result).toMatchObject({ dispatched: 4, completed: 2, failed: 2, parallelism: 2, indexRefreshed: false });
		const types = Object.fromEntries(result.failedVideos.map(({ id, type }) => [id, type]));
		expect(types).toEqual({ gone: "VideoNotFound", silent: "VideoWithoutAudio" });
		expect(result.combined).toMatchObject({ status: "ok", count: 2, skippedCount: 2 });
		const manifest = (await read(queryKeys("A batch").manifest)) as { videos: { url: string; status: string }[] };
		expect(manifest.videos.map(({ url, status }) => `${url.split("/").at(-1)} ${status}`).toSorted()).toEqual([
			"again.mp4 summarized",
			"gone.mp4 failed",
			"silent.mp4 failed",
			"speech.mp4 summarized",
		]);
	}, 90_000);

	it("downloads only, where no more is asked for, and says why a video fails", async () => {
		await using pipeline = await startPipeline();
		pipeline.gpu.kill("SIGKILL");
		const until = "download";
		const job = await start(WORKFLOWS.video, "download", {
			url: "http://media.test/speech.mp4",
			query: "Download",
			until,
		});
		expect(videoResultSchema.parse(await job.result()).transcript).toBeUndefined();
		await record("video-download", job);
		const gone = await start(WORKFLOWS.video, "gone", { url: "http://media.test/gone.mp4", query: "Download" });
		await expect(gone.result()).rejects.toThrow("Workflow execution failed");
		await record("video-failed", gone);
		const failed = { object_key: "", status: "failed", error: { type: "VideoNotFound" } };
		const manifest = (await read(queryKeys("Download").manifest)) as { videos: unknown[] };
		expect(manifest.videos).toEqual([
			expect.objectContaining({ status: "downloaded" }),
			expect.objectContaining({ ...failed, error: expect.objectContaining(failed.error) }),
		]);
	}, 60_000);

	it("summarises again", async () => {
		await using pipeline = await startPipeline();
		const url = "http://media.test/speech.mp4";
		const until = "transcript";
		const first = await (await start(WORKFLOWS.video, "told", { url, query: "Again", until })).result();
		const { transcript } = videoResultSchema.parse(first);
		const job = await start(WORKFLOWS.reprocess, "reprocess", { objectKey: transcript!.key, text: "Other words." });
		expect(await job.result()).toMatchObject({ summary: "A summary of 12 characters.", fallback: null });
		await record("reprocess", job);
		expect(pipeline.llama.state.texts).toEqual(["Other words."]);
		expect(await read(transcript!.key)).toMatchObject({ text: "Other words." });
	}, 60_000);

	it("dispatches what is asked for, in order, and is not stopped by what is no request", async () => {
		await using _ = await startPipeline();
		const dispatcher = await start(WORKFLOWS.dispatcher, "dispatcher", { pending: [] });
		await dispatcher.signal(ENQUEUE_SIGNAL, { nonsense: true });
		const request = { request_id: "r1", query: "Asked for", limit: 2, parallelism: null, youtube_category: null };
		await dispatcher.signal(ENQUEUE_SIGNAL, request);
		await dispatcher.signal(ENQUEUE_SIGNAL, request);
		await expect.poll(() => dispatcher.query(PENDING_QUERY), { timeout: 60_000, interval: 500 }).toBe(0);
		expect(await read(queryKeys("Asked for").manifest)).toMatchObject({ combined: { status: "ok", count: 1 } });
		await dispatcher.cancel();
		await expect(dispatcher.result()).rejects.toThrow("cancelled");
		await record("dispatcher", dispatcher);
	}, 90_000);
});

describe("a gpu worker", () => {
	const noGpu = { GPU_PRETEND: "0" };

	it("does not start where the GPU checks fail", async () => {
		await using pipeline = await startPipeline(noGpu);
		expect(await pipeline.gpu.exit).toBe(1);
		expect(pipeline.gpu.lines.at(-1)).toContain("nvidia-smi");
	}, 30_000);

	it("ends with 0, visibly, where it is optional", async () => {
		await using pipeline = await startPipeline({ ...noGpu, WORKER_GPU_OPTIONAL: "1" });
		expect(await pipeline.gpu.exit).toBe(0);
		expect(pipeline.gpu.lines.at(-1)).toContain("no gpu worker here, as WORKER_GPU_OPTIONAL allows: ");
	}, 30_000);
});
