import { describe, expect, it } from "vitest";
import { ok } from "../../src/checks/doctor/check.ts";
import { UserError } from "../../src/errors/errors.ts";
import { clean } from "../../src/smoke/rungs/clean.ts";
import { dependencies } from "../../src/smoke/rungs/dependencies.ts";
import { image } from "../../src/smoke/rungs/image.ts";
import { layout } from "../../src/smoke/rungs/layout.ts";
import { start } from "../../src/smoke/rungs/start.ts";
import type { Target } from "../../src/smoke/probe.ts";
import type { ContainerOrder } from "../../src/smoke/engine.ts";
import type { Rung } from "../../src/smoke/rung.ts";
import { smoke } from "../../src/smoke/smoke.ts";
import { makeSmokeWorld, OPTIONS, type SmokeWorld } from "./smoke-world.ts";

const SHORT: Rung = { ...dependencies, limitMs: { cpu: 4_000, gpu: 4_000 } };
const run = ({ ports, open }: SmokeWorld, ...rungs: Rung[]) =>
	smoke(ports, OPTIONS, { ladder: [...rungs.map((one) => [one]), [clean]], open });

describe("dependencies from images", () => {
	it("are pulled by digest and started with random keys and mutual TLS, and the container gets their addresses", async () => {
		const world = makeSmokeWorld({ images: true });
		const { engine, servers, ports } = world;
		ports.config = { ...ports.config, storeCa: "a CA", models: { manifest: "a".repeat(64) } };
		const made: typeof engine.containers = [];
		engine.behaviours["app"] = () => {};
		const looking: Rung = {
			...layout,
			name: "look",
			run: async (at, call) => (
				await layout.run(at, call),
				made.push(...engine.containers),
				{ status: "ok", observed: "" }
			),
		};
		const report = await run(world, image, SHORT, looking);
		expect(report).toMatchObject({ against: "images", ok: true });
		expect(report.dependencies).toMatchObject({ temporal: expect.stringContaining("registry.test/temporal@sha256:") });
		expect(engine.pulled).toHaveLength(3);
		const [temporal, store, front, app] = made.map(({ order }) => order);
		expect([temporal!.command, store!.command]).toEqual([
			["server", "start-dev", "--headless", "--ip", "0.0.0.0"],
			["server", "/data"],
		]);
		expect(front!.env!["FRONT_TARGET"]).toBe("172.20.0.1:7233");
		expect(app!.env).toMatchObject({
			...{ TEMPORAL_ADDRESS: "172.20.0.3:7233", TEMPORAL_TLS: "true", MINIO_ENDPOINT: "172.20.0.2:9000" },
			TEMPORAL_TLS_SERVER_NAME: "temporal.smoke.internal",
		});
		expect(app!.env).not.toHaveProperty("MINIO_TLS_CA");
		expect(app!.env).not.toHaveProperty("MODELS_MANIFEST_SHA256");
		expect(Object.keys(app!.secrets!)).toEqual(["MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "TEMPORAL_TLS_KEY"]);
		expect(app!.secrets!["MINIO_SECRET_KEY"]!.reveal()).toBe(store!.secrets!["MINIO_ROOT_PASSWORD"]!.reveal());
		expect(servers.connectedTo).toMatchObject([{ address: "127.0.0.1:40003" }, { endpoint: "127.0.0.1:40002" }]);
		expect(await engine.things()).toEqual([]);
	});

	it("that die right after their start are named with their last words, and everything is removed", async () => {
		const world = makeSmokeWorld({ images: true });
		world.engine.behaviours["temporal"] = (one) =>
			Object.assign(one, { state: "exited", exitCode: 1, log: ["bind: address already in use"] });
		const [broken] = (await run(world, SHORT)).rungs;
		expect(broken).toMatchObject({
			status: "fail",
			observed: "the container of temporal is exited with exit code 1; its last words:\nbind: address already in use",
			fix: "correct its image and command under smoke.dependencies in cres.yaml",
		});
		expect(await world.engine.things()).toEqual([]);
	});

	it("that die while they are waited for are named too", async () => {
		const world = makeSmokeWorld({ images: true });
		const { engine, servers } = world;
		servers.temporalFault = () => {
			const store = engine.containers.find(({ name }) => name.endsWith("-store"))!;
			Object.assign(store, { state: "exited", exitCode: 137, outOfMemory: true });
			return new Error("not yet");
		};
		const [broken] = (await run(world, SHORT)).rungs;
		expect(broken!.observed).toBe(
			"the container of store is exited with exit code 137, out of memory; it said nothing",
		);
	});

	it("that answer late are waited for", async () => {
		const world = makeSmokeWorld({ images: true });
		const { servers, clock } = world;
		const ready = clock.now() + 2_500;
		servers.temporalFault = () => (clock.now() < ready ? new UserError("temporal_unreachable", "silent") : undefined);
		expect((await run(world, SHORT)).rungs[0]).toMatchObject({ status: "ok" });
	});

	it.each([
		["images", true],
		["the rehearsal", false],
	])("of %s may take a minute to answer, as Temporal does on a slow disk", async (_, images) => {
		const world = makeSmokeWorld({ images });
		const { servers, clock } = world;
		const ready = clock.now() + 62_000;
		servers.temporalFault = () => (clock.now() < ready ? new UserError("temporal_unreachable", "silent") : undefined);
		expect((await run(world, dependencies)).rungs[0]).toMatchObject({ status: "ok" });
		expect(clock.now()).toBeGreaterThanOrEqual(ready);
	});

	it("that are too slow end the test in bounded time, with what they answered last", async () => {
		const world = makeSmokeWorld({ images: true });
		const { engine, servers } = world;
		engine.behaviours["temporal"] = (one) => void (one.log = ["waiting for its database"]);
		servers.temporalFault = () => new UserError("temporal_unreachable", "Temporal at 127.0.0.1:1 does not answer (14)");
		const [broken] = (await run(world, SHORT)).rungs;
		expect(broken).toMatchObject({ status: "fail" });
		expect(broken!.observed.split("\n")).toEqual([
			"dependency: the container of temporal is running; its last words:",
			"waiting for its database",
			"dependency: the container of store is running; it said nothing",
			"dependency: the container of front is running; it said nothing",
			expect.stringMatching(/^not ready after 3\.0 s: temporal: Temporal at 127\.0\.0\.1:1 does not answer \(14\)/),
		]);
	});

	it("whose containers start slowly leave their cause the time to be told", async () => {
		const world = makeSmokeWorld({ images: true });
		const { engine, servers, clock } = world;
		const { create } = engine;
		engine.create = async (order) => (await clock.sleep(600), create(order));
		servers.temporalFault = () => new UserError("temporal_unreachable", "it does not answer");
		expect((await run(world, SHORT)).rungs[0]!.observed).toContain("not ready after 1.8 s: temporal");
	});

	it("without an address never reach the container's environment", async () => {
		const world = makeSmokeWorld({ images: true });
		world.engine.behaviours["store"] = (one) => Object.assign(one, { address: "" });
		const report = await run(world, SHORT, layout);
		expect(report.rungs[0]!.observed).toMatch(/^the container of store runs, but has no address$/m);
		expect(report.rungs.map(({ status }) => status)).toEqual(["fail", "skipped", "ok"]);
		expect(await world.engine.things()).toEqual([]);
	});
});

describe("dependencies of the rehearsal", () => {
	it("are handed over as a deploy does, on queues that nobody else has", async () => {
		const world = makeSmokeWorld();
		const orders: Record<string, string>[] = [];
		const looking: Rung = {
			...layout,
			run: async (at, call) => {
				await layout.run(at, call);
				orders.push({ ...world.engine.containers.at(-1)!.order.env });
				return { status: "ok", observed: "" };
			},
		};
		const report = await run(world, SHORT, looking);
		expect(report.dependencies).toEqual({ temporal: "127.0.0.1:7233", store: "127.0.0.1:9000/cres" });
		expect(orders[0]).toMatchObject({
			...{ TEMPORAL_ADDRESS: "10.0.0.1:7233", MINIO_ENDPOINT: "10.0.0.1:9000", EGRESS_ALLOW: "127.0.0.1/32" },
			...{ WORKER_MODE: "cpu", BASE_TASK_QUEUE: expect.stringMatching(/^video-processing-smoke-[0-9a-f]{8}$/) },
		});
	});

	it("come with the keys of Temporal and the store alone, and without the live index", async () => {
		const { engine, ports, open } = makeSmokeWorld();
		const secrets = [...ports.config.secrets, "API_TOKENS", "REINDEX_TOKEN", "HF_TOKEN"];
		ports.config = { ...ports.config, secrets, env: { REINDEX_URL: "https://index.example.com", LOG_LEVEL: "debug" } };
		let order: ContainerOrder | undefined;
		engine.behaviours["app"] = (app) => void (order = app.order);
		const made: Rung = { ...layout, run: async (...of) => (await layout.run(...of), ok("made")) };
		await smoke(ports, OPTIONS, { ladder: [[SHORT], [made], [start], [clean]], open });
		expect(order!.env).toMatchObject({ REINDEX_URL: "", LOG_LEVEL: "debug" });
		expect(Object.keys(order!.secrets!).toSorted()).toEqual([
			...["MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "TEMPORAL_API_KEY", "TEMPORAL_CODEC_KEYS"],
		]);
	});

	it.each([
		[true, undefined, ["10.0.0.1", "10.0.0.1"]],
		[false, "s3.example.com:443", ["10.0.0.1", "cres.s3.example.com"]],
	])("are reached over TLS where they speak it, path_style %s", async (path_style, instance_endpoint, hosts) => {
		const { engine, ports, open } = makeSmokeWorld();
		const { store } = ports.config;
		const at = { ...store, secure: true, path_style, instance_endpoint: instance_endpoint ?? store.instance_endpoint };
		ports.config = { ...ports.config, store: at, storeCa: "a CA" }; // Temporal: an API key alone
		const reached = engine.behaviours["probe"]!;
		let targets: Target[] = [];
		engine.behaviours["probe"] = (probe) => {
			targets = (JSON.parse(probe.order.env!["CRES_PROBE"]!) as [Target[]])[0];
			reached(probe);
		};
		await smoke(ports, OPTIONS, { ladder: [[SHORT], [clean]], open });
		expect(targets.map(({ host }) => host)).toEqual(hosts);
		expect(targets.map(({ tls }) => tls)).toEqual([
			{ serverName: "10.0.0.1" },
			{ serverName: hosts[1], ca: "a CA", protocol: "http/1.1" },
		]);
	});

	it("that are not reached from inside fail before the container is made", async () => {
		const world = makeSmokeWorld();
		world.engine.behaviours["probe"] = (probe) =>
			Object.assign(probe, {
				state: "exited",
				log: [
					'[{"name":"temporal","ok":false,"detail":"getaddrinfo ENOTFOUND temporal","ms":1},{"name":"store","ok":true,"detail":"10.0.0.1","ms":1}]',
				],
			});
		const report = await run(world, SHORT, layout);
		expect(report.rungs[0]).toMatchObject({ status: "fail" });
		expect(report.rungs[0]!.observed).toContain(
			"temporal at 10.0.0.1:7233 not reached: getaddrinfo ENOTFOUND temporal",
		);
		expect(report.rungs[1]).toMatchObject({ status: "skipped" });
	});
});
