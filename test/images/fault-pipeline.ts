import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { Client, Connection, type WorkflowFailedError } from "@temporalio/client";
import { AwsClient } from "aws4fetch";
import { afterAll, beforeAll, inject } from "vitest";
import { queryKeys, queryRoot } from "../../src/contracts/objects.ts";
import { taskQueue } from "../../src/contracts/queues.ts";
import { type VideoInput, WORKFLOWS } from "../../src/contracts/tasks.ts";
import { fakeLlama, fakeWhisper } from "./activities/engines.ts";
import { mediaServer } from "./activities/media-server.ts";
import { startWorker } from "./worker-process.ts";
import { sdkConnection, temporalEnvironment } from "../support/perimeter-temporal.ts";

const { temporal, store } = inject("perimeter");
const BUCKET = "cres";
const ROOT = join(import.meta.dirname, "../..");
const { accessKey: accessKeyId, secretKey: secretAccessKey } = store;
const objects = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region: "us-east-1" });

/** The store may hold what runs before have left. */
const own = (query: string): string => `${query} ${process.pid}`;

/** Builds the workflows and makes the bucket; the set-up puts yt-dlp where it puts the perimeter's servers. */
export async function preparePipeline(): Promise<void> {
	await promisify(execFile)(process.execPath, [join(ROOT, "images/build.js")]);
	await objects.fetch(`${store.endpoint}/${BUCKET}`, { method: "PUT" });
}

export interface FaultOptions {
	environment?: Record<string, string>;
	/** Scripts in front of the real programs of the cpu worker. */
	programs?: Record<string, string>;
	/** Scratch directories of the two workers. */
	scratch?: string;
}

export interface Ended {
	type: string | undefined;
	retryable: boolean;
	message: string;
}

/** A worker of each role on a queue of its own, with the real programs, and engines that can be told to fail. */
export async function faultPipeline(base: string, { environment = {}, programs = {}, scratch }: FaultOptions = {}) {
	const stack = new AsyncDisposableStack();
	const connection = Connection.lazy(sdkConnection(temporal));
	stack.defer(() => connection.close());
	const client = new Client({ connection });
	const whisper = stack.use(await fakeWhisper());
	const llama = stack.use(await fakeLlama());
	const shared = {
		PATH: [join(ROOT, ".cres/venv/bin"), process.env["PATH"]].join(delimiter),
		...temporalEnvironment(temporal),
		WORKER_INSTANCE_NAME: "box-1",
		BASE_TASK_QUEUE: base,
		MINIO_ENDPOINT: new URL(store.endpoint).host,
		MINIO_ACCESS_KEY: accessKeyId,
		MINIO_SECRET_KEY: secretAccessKey,
		MINIO_BUCKET: BUCKET,
		WHISPER_URL: whisper.origin,
		LLAMA_URL: llama.origin,
		GPU_PRETEND: "1",
		EGRESS_ALLOW: "127.0.0.0/8",
		...environment,
	};
	const startRole = (role: string, disk = scratch) =>
		startWorker({ ...shared, WORKER_MODE: role }, { programs, ...(disk === undefined ? {} : { scratch: disk }) });
	const [cpu, gpu] = await Promise.all([startRole("cpu"), startRole("gpu")]);
	stack.use(cpu);
	stack.use(gpu);
	const start = (name: string, input: VideoInput & { query: string }) =>
		client.workflow.start(WORKFLOWS.video, {
			taskQueue: taskQueue(base, "cpu"),
			workflowId: `${base}-${name.replaceAll(/\W+/g, "-")}`,
			args: [{ ...input, query: own(input.query) }],
		});
	return {
		...{ whisper, llama, cpu, gpu, startRole, start },
		/** Files of attempts on the workers' disks. */
		scratch: async () => [...(await readdir(cpu.scratch)), ...(await readdir(gpu.scratch))],
		[Symbol.asyncDispose]: () => stack.disposeAsync(),
	};
}

/** Media for the tests of a file, in a directory of theirs, and the input of a job that takes them. */
export function mediaOfTests() {
	let directory = "";
	let media: Awaited<ReturnType<typeof mediaServer>>;
	beforeAll(async () => {
		directory = await mkdtemp(join(tmpdir(), "cres-media-"));
		[media] = await Promise.all([mediaServer(directory), preparePipeline()]);
	}, 60_000);
	afterAll(async () => {
		await media[Symbol.asyncDispose]();
		await rm(directory, { recursive: true });
	});
	return {
		directory: () => directory,
		input: (query: string, path: string, changes: Partial<Omit<VideoInput, "query">> = {}) => ({
			...{ url: `${media.origin}${path}`, query },
			...changes,
		}),
	};
}

/** How an execution ends that fails. */
export async function endOf(job: { result(): Promise<unknown> }): Promise<Ended> {
	const failure = (await job.result().then(
		() => new Error("it ended well"),
		(error: unknown) => error,
	)) as WorkflowFailedError;
	const cause = (failure.cause?.cause ?? failure.cause) as { type?: string; nonRetryable?: boolean } | undefined;
	return { type: cause?.type, retryable: !cause?.nonRetryable, message: (cause as Error | undefined)?.message ?? "" };
}

/** The videos in a query's manifest. */
export async function manifestOf(query: string): Promise<Record<string, unknown>[]> {
	const answer = await objects.fetch(`${store.endpoint}/${BUCKET}/${queryKeys(own(query)).manifest}`);
	return answer.ok ? ((await answer.json()) as { videos: Record<string, unknown>[] }).videos : [];
}

/** Folders and files of a query in the store, beside its manifest. */
export async function keysOf(query: string): Promise<string[]> {
	const prefix = `${queryRoot(own(query))}/`;
	const answer = await objects.fetch(`${store.endpoint}/${BUCKET}?list-type=2&prefix=${encodeURIComponent(prefix)}`);
	const keys = [...(await answer.text()).matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!.slice(prefix.length));
	return keys.filter((key) => key !== "manifest.json" && !key.startsWith("status/"));
}

/** A port that leads to `address` (host:port), which can be closed and opened again. */
export async function portTo(address: string) {
	const [host, port] = address.split(":");
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		const upstream = connect(Number(port), host);
		for (const one of [socket, upstream]) sockets.add(one.on("error", () => {}));
		socket.pipe(upstream).pipe(socket);
	});
	const open = (at: number) => once(server.listen(at, "127.0.0.1"), "listening");
	await open(0);
	const ownPort = (server.address() as AddressInfo).port;
	const close = (): void => {
		server.close();
		for (const socket of sockets) socket.destroy();
	};
	return {
		address: `127.0.0.1:${ownPort}`,
		close,
		open: () => open(ownPort),
		[Symbol.asyncDispose]: async () => close(),
	};
}
