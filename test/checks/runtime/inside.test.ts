import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { temporal } from "@temporalio/proto";
import { describe, expect, it } from "vitest";
import type { InsideFacts } from "../../../src/checks/runtime/facts.ts";
import { parseInside } from "../../../src/checks/runtime/instance-facts.ts";
import { fakeSupervisor, fakeTemporal, miniature, write } from "../../support/inside-program.ts";
import { CERTIFICATE, serve } from "../../support/loopback-server.ts";

const { DescribeNamespaceRequest } = temporal.api.workflowservice.v1;

const climbed = (facts: InsideFacts, dependency: "temporal" | "store"): string =>
	facts
		.ladders!.find((one) => one.dependency === dependency)!
		.rungs.map(({ rung, ok, detail }) => (ok ? rung : `${rung}! ${detail}`))
		.join(" ");

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("the program in the container", () => {
	it("reads what the machine, supervisord and the image say, in one call", async () => {
		const one = await miniature({
			WORKER_INSTANCE_NAME: "cpu-1",
			CONTAINER_ID: "36700001",
			GPU_PRETEND: "1",
			MODELS: "",
		});
		const started = 1_795_950_000;
		await fakeSupervisor(join(one.folder, "supervisor.sock"), [
			{
				name: "api",
				group: "api",
				statename: "FATAL",
				pid: 0,
				exitstatus: 1,
				spawnerr: "Exited too quickly &lt;x&gt;",
				start: started,
				stop: started + 1,
			},
			{
				name: "worker-cpu",
				group: "workers",
				statename: "RUNNING",
				pid: 12,
				exitstatus: 0,
				spawnerr: "",
				start: started,
				stop: 0,
			},
		]);
		await mkdir(join(one.folder, "cgroup"));
		await write(one.folder, {
			"build-info.json": JSON.stringify({
				buildId: "0123456789ab",
				revision: "9f8e",
				version: "1.0.0",
				created: "2026-11-29T09:00:00Z",
			}),
			"programs.conf": '[program:api]\ncommand=sh /app/images/etc/gone node "/app/images/api/main.js"\n',
			"onstart.sh": "#!/bin/sh\n# cres on-start of rollout 20261129T101500.123-7\n# run spec abc\n",
			"cgroup/memory.current": "1000\n",
			"cgroup/memory.max": "max\n",
			"cgroup/memory.events": "low 0\noom 4\noom_kill 3\n",
			"cgroup/memory.stat": "inactive_file 400\n",
		});
		const { facts } = await one.look();
		expect(facts.supervisor).toEqual({
			state: "answers",
			detail: "2 programs",
			programs: [
				{
					name: "api",
					state: "FATAL",
					pid: 0,
					exitStatus: 1,
					spawnError: "Exited too quickly <x>",
					startedAt: started * 1000,
					stoppedAt: (started + 1) * 1000,
				},
				{
					name: "workers:worker-cpu",
					state: "RUNNING",
					pid: 12,
					exitStatus: 0,
					spawnError: "",
					startedAt: started * 1000,
					stoppedAt: 0,
				},
			],
		});
		expect(facts).toMatchObject({
			contract: "36700001",
			build: { buildId: "0123456789ab" },
			memory: { limit: null, used: 1000, reclaimable: 400, oomKills: 3 },
			gpu: { pretended: true },
			onStart: { rollout: "20261129T101500.123-7" },
			targets: [
				{ program: "api", path: "/app/images/etc/gone", exists: false },
				{ program: "api", path: "/app/images/api/main.js", exists: false },
			],
			missed: {},
		});
		expect(facts.environment!.names).toEqual(["CONTAINER_ID", "GPU_PRETEND", "PATH", "WORKER_INSTANCE_NAME"]);
		expect(facts.disks![0]!.total).toBeGreaterThan(0);
		expect(Math.abs(facts.at - Date.now())).toBeLessThan(60_000);
	});

	it("tells three states of supervisord apart, and what it could not read", async () => {
		const one = await miniature({});
		expect((await one.look()).facts.supervisor!.state).toBe("absent");
		const silent = createServer((socket) => socket.end("nonsense")).listen(join(one.folder, "supervisor.sock"));
		const { facts } = await one.look();
		silent.close();
		expect(facts.supervisor!.state).toBe("silent");
		expect(facts).toMatchObject({ build: null, memory: null, health: { status: null } });
		expect(Object.keys(facts.missed).toSorted()).toEqual(["build", "memory"]);
	});

	it("A14: lets no part of such a value out where a text is cut", async () => {
		const secret = "s3cr3t-of-a-key";
		for (const at of [1, 7, 14]) {
			const api = await serve(() => ({ status: 200, body: "x".repeat(8_000 - at) + secret }));
			const one = await miniature({ MINIO_SECRET_KEY: secret, API_PORT: api.host.split(":")[1]! });
			const { facts, printed } = await one.look();
			expect(facts.health!.answer).toMatch(/^x+(?:\[[a-z]*\]?)?$/);
			expect(printed).not.toContain("xs");
		}
	});

	it("lets no value of the environment out, not even in what others say", async () => {
		const secret = "s3cr3t-of-a-key";
		const api = await serve(() => ({ status: 200, body: `the key is ${secret}` }));
		const one = await miniature({
			MINIO_SECRET_KEY: secret,
			API_PORT: api.host.split(":")[1]!,
			TEMPORAL_ADDRESS: "a b ",
			NOTE: "plain value",
		});
		const { facts, printed } = await one.look();
		expect(facts.health).toMatchObject({ status: 200, answer: "the key is [redacted]" });
		expect(printed).not.toMatch(/s3cr3t|plain value/);
		expect(facts.environment!.odd).toEqual([{ name: "TEMPORAL_ADDRESS", what: "has a blank at an end" }]);
	});

	it("is cut off by its own clock", async () => {
		const silent = createServer(() => {});
		await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
		const { port } = silent.address() as { port: number };
		const one = await miniature({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` });
		const { facts } = await one.look({ limitMs: 300 });
		silent.close();
		expect(facts.missed).toMatchObject({ ladders: "it took longer than 0.3 s" });
	});
});

describe("the ladder from inside the container", () => {
	it.for<[string, Record<string, string>, string]>([
		["no address", {}, "resolver! no address is set"],
		["a name that nobody knows", { TEMPORAL_ADDRESS: "nobody.invalid:7233" }, "resolver! getaddrinfo"],
		["nobody there", { TEMPORAL_ADDRESS: "127.0.0.1:1" }, "resolver tcp! connect ECONNREFUSED 127.0.0.1:1"],
	])("stops at the first broken rung: %s", async ([, environment, expected]) => {
		const { facts } = await (await miniature(environment)).look();
		expect(climbed(facts, "temporal")).toContain(expected);
	});

	it.for<[number, string, string]>([
		[0, "", "resolver tcp answer credential namespace"],
		[16, "invalid api key", "resolver tcp answer credential! invalid api key (gRPC status 16)"],
		[5, "not found", "resolver tcp answer credential namespace! there is no namespace media"],
	])("Temporal answers with status %i", async ([status, message, expected]) => {
		const { address, sent } = await fakeTemporal(status, message);
		const { facts } = await (await miniature({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: "media" })).look();
		expect(climbed(facts, "temporal")).toBe(expected);
		expect(sent[0]).toMatchObject({ "temporal-namespace": "media" });
	});

	it.for([5, 127, 128, 300])("asks Temporal for a namespace of %i bytes as gRPC frames it", async (length) => {
		const namespace = "n".repeat(length);
		const { address, bodies } = await fakeTemporal(0);
		const { facts } = await (await miniature({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace })).look();
		expect(climbed(facts, "temporal")).toBe("resolver tcp answer credential namespace");
		const [body] = bodies;
		expect([body![0], body!.readUInt32BE(1)]).toEqual([0, body!.length - 5]);
		expect(DescribeNamespaceRequest.decode(body!.subarray(5)).namespace).toBe(namespace);
	});

	it.for<[number, string, string]>([
		[200, "", "resolver tcp answer credential bucket"],
		[403, "InvalidAccessKeyId", "resolver tcp answer credential! InvalidAccessKeyId (HTTP 403)"],
		[403, "RequestTimeTooSkewed", "resolver tcp answer credential! RequestTimeTooSkewed (HTTP 403)"],
		[404, "NoSuchBucket", "resolver tcp answer credential bucket! bucket media: NoSuchBucket (HTTP 404)"],
	])("the store answers with %i %s", async ([status, code, expected]) => {
		const store = await serve(() => ({ status, body: `<Error><Code>${code}</Code></Error>` }));
		const keys = { MINIO_ACCESS_KEY: "AKIDEXAMPLE", MINIO_SECRET_KEY: "secret-of-a-test", MINIO_BUCKET: "media" };
		const { facts } = await (await miniature({ MINIO_ENDPOINT: store.host, ...keys })).look();
		expect(climbed(facts, "store")).toBe(expected);
		expect(store.asked[0]!.path).toBe("/media?list-type=2&max-keys=1");
		expect(store.asked[0]!.headers["authorization"]).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\//);
	});

	it("climbs over TLS with the CA that it was given, refuses another one, and tells when the certificate ends", async () => {
		const store = await serve(() => ({ status: 200 }), { tls: true });
		const settings = { MINIO_ENDPOINT: store.host, MINIO_SECURE: "true", MINIO_ACCESS_KEY: "a", MINIO_SECRET_KEY: "b" };
		const ca = base64(readFileSync(CERTIFICATE, "utf8"));
		const { facts } = await (await miniature({ ...settings, MINIO_TLS_CA: ca })).look();
		expect(climbed(facts, "store")).toBe("resolver tcp tls answer credential bucket");
		expect(facts.certificates!.map(({ what }) => what)).toEqual(["MINIO_TLS_CA", `store at ${store.host}`]);
		const stranger = await (await miniature(settings)).look();
		expect(climbed(stranger.facts, "store")).toMatch(/^resolver tcp tls! /);
	});

	it("sees a server that speaks another protocol", async () => {
		const web = await serve(() => ({ status: 200, body: "hello" }));
		const { facts } = await (await miniature({ TEMPORAL_ADDRESS: web.host })).look();
		expect(climbed(facts, "temporal")).toMatch(/^resolver tcp answer! /);
	});
});

describe("what a container prints", () => {
	it("is read by its mark alone, and refused when it is something else", () => {
		expect(() => parseInside("cpu-1", '{"at":1}\n', "@cres-1")).toThrow(
			"the container of cpu-1 tells nothing of itself: it has no Node, or printed nothing",
		);
		expect(() => parseInside("cpu-1", "@cres-1 no-node\n", "@cres-1")).toThrow("it has no Node");
		expect(() => parseInside("cpu-1", '@cres-1 {"at":"noon"}\n', "@cres-1")).toThrow("tells nothing of itself");
	});
});
