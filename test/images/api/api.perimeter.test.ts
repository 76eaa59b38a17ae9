import { Client, Connection } from "@temporalio/client";
import { AwsClient } from "aws4fetch";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { WORKFLOWS } from "../../../src/contracts/tasks.ts";
import { startApi } from "./api-process.ts";
import { sdkConnection, temporalEnvironment } from "../../support/perimeter-temporal.ts";

const { temporal, store } = inject("perimeter");
const BUCKET = `api-parts-${process.pid}`;
const BASE = BUCKET;
const environment = {
	API_ROLE: "control",
	API_HOST: "127.0.0.1",
	API_OPEN_ON_LOOPBACK: "1",
	API_PORT: "0",
	...temporalEnvironment(temporal),
	BASE_TASK_QUEUE: BASE,
	MINIO_ENDPOINT: new URL(store.endpoint).host,
	MINIO_ACCESS_KEY: store.accessKey,
	MINIO_SECRET_KEY: store.secretKey,
	MINIO_BUCKET: BUCKET,
};

const objects = new AwsClient({
	accessKeyId: store.accessKey,
	secretAccessKey: store.secretKey,
	service: "s3",
	region: "us-east-1",
});
const put = (key: string, content: unknown) =>
	objects.fetch(encodeURI(`${store.endpoint}/${BUCKET}/${key}`), { method: "PUT", body: JSON.stringify(content) });
const connection = Connection.lazy(sdkConnection(temporal));
const { workflow } = new Client({ connection });

beforeAll(async () => {
	await objects.fetch(`${store.endpoint}/${BUCKET}`, { method: "PUT" });
});
afterAll(async () => {
	await objects.fetch(`${store.endpoint}/${BUCKET}`, { method: "DELETE" });
	await connection.close();
});

async function ask(origin: string, path: string, body?: unknown) {
	const headers = { "content-type": "application/json" };
	const how = body === undefined ? {} : { method: "POST", headers, body: JSON.stringify(body) };
	const answer = await fetch(origin + path, how);
	return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe("the api with Temporal and a store", () => {
	it("is healthy, starts a video once, and queues each batch", async () => {
		await using api = await startApi(environment);
		const origin = await api.origin();
		expect(await ask(origin, "/health")).toMatchObject({ status: 200, body: { temporal: "ok", minio: "ok" } });

		const url = `http://media.test/${BASE}.mp4`;
		const [first, second] = [await ask(origin, "/process", { url }), await ask(origin, "/process", { url })];
		expect([first.status, second]).toEqual([200, first]);
		const video = workflow.getHandle(first.body["workflow_id"] as string);
		expect(await video.describe()).toMatchObject({
			type: WORKFLOWS.video,
			taskQueue: `${BASE}@cpu`,
			runId: first.body["run_id"],
			status: { name: "RUNNING" },
		});

		const batches = [await ask(origin, "/batch", { query: "a" }), await ask(origin, "/batch", { query: "b" })];
		const dispatcher = workflow.getHandle(`query-dispatcher-${BASE}`);
		expect(batches.map(({ body }) => body["run_id"])).toEqual(Array(2).fill((await dispatcher.describe()).runId));
		const { events } = await dispatcher.fetchHistory();
		const signals = (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes);
		expect(signals.map((event) => event.workflowExecutionSignaledEventAttributes?.signalName)).toEqual([
			"enqueue",
			"enqueue",
		]);
		await Promise.all([video.terminate(), dispatcher.terminate()]);
	});

	it("builds the index, and keeps an answer until the query changes", async () => {
		await using api = await startApi(environment);
		const origin = await api.origin();
		const root = "queries/two-words";
		const video = { object_key: `${root}/videos/A speech_1.mp4`, url: "http://media.test/1", status: "downloaded" };
		await put(`${root}/manifest.json`, { query: "Two words", slug: "two-words", videos: [video] });
		expect(await ask(origin, "/admin/reindex", {})).toEqual({
			status: 200,
			body: { status: "ok", message: "indexed 1 videos of 1 queries" },
		});
		const cacheOf = async () => (await ask(origin, "/api/transcriptions?query=Two+words")).body["meta"];
		const cache = (state: string) => expect.objectContaining({ cache: state });
		expect([await cacheOf(), await cacheOf()]).toEqual([cache("miss"), cache("hit")]);
		await put(`${root}/manifest.json`, { query: "Two words", slug: "two-words", videos: [] });
		expect(await cacheOf()).toEqual(cache("miss"));
	});

	it.each([
		["wrong keys", { MINIO_SECRET_KEY: "wrong" }, { minio: expect.stringContaining("refuses the keys") }],
		["no bucket", { MINIO_BUCKET: "missing" }, { minio: expect.stringContaining("/missing has no such bucket") }],
		["no namespace", { TEMPORAL_NAMESPACE: "other" }, { temporal: expect.stringContaining("has no namespace other") }],
	])("is not healthy with %s, and says why", async (_name, variables, reasons) => {
		await using api = await startApi({ ...environment, ...variables });
		expect(await ask(await api.origin(), "/health")).toMatchObject({ status: 503, body: { reasons } });
	});
});
