import { createServer, type AddressInfo } from "node:net";
import { status } from "@grpc/grpc-js";
import { describe, expect, it, onTestFinished } from "vitest";
import { Secret } from "../../src/secrets/secret.ts";
import { toPayloads } from "../../src/temporal/job-state.ts";
import { connectTemporal, type TemporalOptions } from "../../src/temporal/temporal.ts";
import { loopbackTemporal } from "./loopback-temporal.ts";

async function open(options: Partial<TemporalOptions> = {}) {
	const { world, address } = await loopbackTemporal();
	const temporal = await connectTemporal({ address, namespace: "default", ...options });
	onTestFinished(() => temporal.close());
	return { world, address, temporal, methods: () => world.asked.map(({ method }) => method) };
}

describe("queues", () => {
	it("have the pollers of all their partitions, each worker once, and the backlog that the root tells", async () => {
		const { world, temporal } = await open();
		world.partitions!.set("v@cpu", { workflow: ["v@cpu", "/_sys/v@cpu/1"], activity: ["v@cpu"] });
		world.polls.set("v@cpu 1", [
			{ identity: "a", atMs: 1_500 },
			{ identity: "b", buildId: "b-1", atMs: 4_000 },
		]);
		world.polls.set("/_sys/v@cpu/1 1", [{ identity: "a", atMs: 3_250 }]);
		world.polls.set("v@cpu 2", [{ identity: "c", atMs: 1_000 }]);
		world.backlog = { count: 7, ageMs: 2_500 };
		const status = await temporal.queueStatus("v@cpu", "workflow");
		expect(status).toEqual({
			pollers: [
				{ identity: "b", buildId: "b-1", lastSeenMs: 4_000 },
				{ identity: "a", buildId: undefined, lastSeenMs: 3_250 },
			],
			backlog: { count: 7, ageMs: 2_500 },
			rates: { add: 0, dispatch: 0 },
		});
		expect(await temporal.queueStatus("v@cpu", "activity")).toMatchObject({ pollers: [{ identity: "c" }] });
		const asked = world.asked.filter(({ method }) => method === "DescribeTaskQueue");
		expect(asked.map(({ request }) => [request.taskQueue.name, request.reportStats, request.namespace])).toEqual([
			["v@cpu", true, "default"],
			["/_sys/v@cpu/1", undefined, "default"],
			["v@cpu", true, "default"],
		]);
	});

	it("are asked once for their partitions, and again after a failure", async () => {
		const { world, temporal, methods } = await open();
		world.failures = [[status.INTERNAL, "broken"]];
		await expect(temporal.queueStatus("v@gpu", "activity")).rejects.toMatchObject({ code: "temporal_failed" });
		for (let times = 0; times < 2; times++) await temporal.queueStatus("v@gpu", "activity");
		expect(methods().filter((method) => method === "ListTaskQueuePartitions")).toHaveLength(2);
	});

	it("are one partition at a server that is too old to tell", async () => {
		const { world, temporal } = await open();
		world.partitions = undefined;
		world.polls.set("v@gpu 2", [{ identity: "a", atMs: 5 }]);
		expect(await temporal.queueStatus("v@gpu", "activity")).toEqual({
			pollers: [{ identity: "a", buildId: undefined, lastSeenMs: 5 }],
			backlog: { count: 0, ageMs: 0 },
			rates: { add: 0, dispatch: 0 },
		});
	});
});

describe("heartbeats", () => {
	it("are those of the queue, and none at a server that is too old", async () => {
		const { world, temporal } = await open();
		const workerHeartbeat = {
			workerIdentity: "gpu@b/2-0",
			deploymentVersion: { buildId: "b-2" },
			taskQueue: "it's@gpu",
			status: 1,
			heartbeatTime: { seconds: 9, nanos: 250_000_000 },
			activityTaskSlotsInfo: { currentUsedSlots: 1, currentAvailableSlots: 3 },
		};
		world.workers = [workerHeartbeat, { ...workerHeartbeat, taskQueue: "other@gpu" }];
		expect(await temporal.heartbeats("it's@gpu")).toEqual([
			{
				identity: "gpu@b/2-0",
				buildId: "b-2",
				queue: "it's@gpu",
				running: true,
				atMs: 9_250,
				slots: { used: 1, available: 3 },
			},
		]);
		world.workers = undefined;
		expect(await temporal.heartbeats("it's@gpu")).toEqual([]);
		world.failures = [[status.INTERNAL, "broken"]];
		await expect(temporal.heartbeats("it's@gpu")).rejects.toMatchObject({ code: "temporal_failed" });
	});
});

describe("the namespace", () => {
	it("is made once, and keeps what ended for three days", async () => {
		const { world, temporal } = await open({ namespace: "video" });
		expect(await temporal.namespaceExists()).toBe(false);
		expect(await temporal.prepareNamespace()).toBe(true);
		expect(await temporal.prepareNamespace()).toBe(false);
		expect(await temporal.namespaceExists()).toBe(true);
		expect([...world.namespaces]).toEqual([
			["default", 0],
			["video", 259_200],
		]);
	});

	it("is not taken for missing where the server does not say so", async () => {
		const { world, temporal } = await open();
		world.failures = [[status.PERMISSION_DENIED, "no"]];
		await expect(temporal.namespaceExists()).rejects.toMatchObject({ code: "temporal_unauthorized" });
	});
});

describe("jobs", () => {
	const job = { type: "VideoProcessingWorkflow", workflowId: "talk", queue: "v@cpu", input: { url: "x" } };

	it("are started once and followed to their end", async () => {
		const { world, temporal } = await open();
		const execution = await temporal.startJob(job);
		expect(execution).toEqual({ workflowId: "talk", runId: "run-1", started: true });
		expect(await temporal.startJob(job)).toEqual({ ...execution, started: false });
		const kept = world.executions.get("talk")!;
		expect(kept.request).toMatchObject({
			namespace: "default",
			workflowType: { name: job.type },
			taskQueue: { name: "v@cpu" },
			input: toPayloads({ url: "x" }),
			identity: "cres",
			workflowIdConflictPolicy: 2,
		});
		kept.pendingActivities = [{ activityType: { name: "download_video" }, attempt: 2 }];
		expect(await temporal.jobState(execution)).toMatchObject({
			type: job.type,
			running: true,
			pending: [{ type: "download_video", attempt: 2 }],
		});
		kept.status = 2;
		kept.end = { workflowExecutionCompletedEventAttributes: { result: toPayloads({ title: "t" }) } };
		expect(await temporal.jobState(execution)).toMatchObject({ running: false });
		expect(await temporal.jobEnd(execution)).toEqual({ result: { title: "t" } });
		expect((await temporal.startJob(job)).runId).toBe("run-2");
	});

	it("end after the time that they were given, in whole seconds, and have no end of time otherwise", async () => {
		const { world, temporal } = await open();
		const timeoutOf = () => world.executions.get("talk")!.request.workflowExecutionTimeout;
		await temporal.startJob(job);
		expect(timeoutOf()).toBeUndefined();
		world.executions.clear();
		await temporal.startJob({ ...job, timeoutMs: 1_500 });
		expect(Number(timeoutOf()?.seconds)).toBe(2);
	});

	it("are asked for one run, not for whatever has the id", async () => {
		const { temporal } = await open();
		await temporal.startJob(job);
		const other = { workflowId: "talk", runId: "run-9", started: true };
		await expect(temporal.jobState(other)).rejects.toMatchObject({ message: expect.anything() });
		await expect(temporal.jobEnd(other)).rejects.toMatchObject({ message: expect.anything() });
	});
});

describe("a call", () => {
	it("is tried again when no server was reached, three times in all, and ends after 3 s", async () => {
		const { world, temporal, methods } = await open();
		const gone = [status.UNAVAILABLE, "no connection"] as const;
		world.failures = [gone, gone];
		expect(await temporal.namespaceExists()).toBe(true);
		const now = Date.now();
		expect(world.asked[2]!.deadlineMs - now).toBeGreaterThan(1_000);
		expect(world.asked[2]!.deadlineMs - now).toBeLessThan(3_500);
		world.failures = [gone, gone, gone];
		await expect(temporal.namespaceExists()).rejects.toMatchObject({ code: "temporal_unreachable" });
		expect(methods()).toHaveLength(6);
		world.failures = [[status.INTERNAL, "broken"]];
		await expect(temporal.namespaceExists()).rejects.toMatchObject({ code: "temporal_failed" });
		expect(methods()).toHaveLength(7);
	});

	it("is not made once the connection is closed", async () => {
		const { temporal, methods } = await open();
		await temporal.namespaceExists();
		await temporal.close();
		await expect(temporal.namespaceExists()).rejects.toBeInstanceOf(Error);
		expect(methods()).toHaveLength(1);
	});

	it("carries no credential where none is set", async () => {
		const { world, temporal, address } = await open();
		await temporal.namespaceExists();
		expect(world.asked[0]!.credential).toBeUndefined();
		expect([temporal.address, temporal.namespace]).toEqual([address, "default"]);
	});

	it("shows an API key to nobody without TLS", async () => {
		const heard: Buffer[] = [];
		const server = createServer((socket) =>
			socket.on("error", () => {}).on("data", (bytes) => (heard.push(bytes), socket.destroy())),
		);
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		onTestFinished(() => void server.close());
		const { port } = server.address() as AddressInfo;
		const apiKey = new Secret("temporal-key-sentinel");
		const temporal = await connectTemporal({ address: `localhost:${port}`, namespace: "default", apiKey });
		onTestFinished(() => temporal.close());
		await expect(temporal.namespaceExists()).rejects.toMatchObject({
			code: expect.stringMatching(/^temporal_(?:tls_failed|unreachable)$/), // by how the connection breaks off
		});
		expect(heard[0]![0]).toBe(0x16); // a TLS handshake record (RFC 8446, section 5.1)
		expect(Buffer.concat(heard).toString("latin1")).not.toContain("temporal-key-sentinel");
	});
});
