import { expect, it } from "vitest";
import { boot } from "../../src/control/boot.ts";
import { askHealth } from "../../src/control/health.ts";
import { controlServices } from "../../src/control/services.ts";
import { status } from "../../src/control/status.ts";
import { stop } from "../../src/control/stop.ts";
import { UserError } from "../../src/errors/errors.ts";
import type { Store } from "../../src/store/store.ts";
import type { QueueStatus } from "../../src/temporal/replies.ts";
import type { Temporal } from "../../src/temporal/temporal.ts";
import { controlWorld } from "../support/control-world.ts";
import { freePort } from "../support/free-ports.ts";

interface Seen {
	identity: string;
	lastSeenMs: number;
}

/** A Temporal that has a namespace, and these workers on each queue; `closed` counts its connections. */
function temporalWith(seen: () => readonly Seen[], namespace = true) {
	let closed = 0;
	const temporal = {
		namespaceExists: async () => namespace,
		queueStatus: async (): Promise<QueueStatus> => ({
			pollers: seen().map((one) => ({ ...one, buildId: "b-1" })),
			backlog: { count: 0, ageMs: 0 },
		}),
		heartbeats: async () => [],
		close: async () => void closed++,
	} as Partial<Temporal> as Temporal;
	return { connectTemporal: async () => temporal, closed: () => closed };
}

const storeWith = (bucket: () => Promise<boolean>) => async () => ({ bucketExists: bucket }) as Partial<Store> as Store;

async function healthOf(name: string, service: object, change: Parameters<typeof controlWorld>[1]) {
	const { ports } = await controlWorld({ [name]: service }, change);
	return askHealth(ports, controlServices(ports.config, { s3: undefined })[0]!);
}
const EXTERNAL = { external: true };

it("asks Temporal by a call of its own, over a connection of its own", async () => {
	const good = temporalWith(() => []);
	expect(await healthOf("temporal", EXTERNAL, good)).toEqual({ ready: true, detail: "has namespace default" });
	expect(good.closed()).toBe(1);
	expect(
		await healthOf(
			"temporal",
			EXTERNAL,
			temporalWith(() => [], false),
		),
	).toEqual({
		ready: true,
		detail: "lacks namespace default: cres control prepare",
	});
	expect(await healthOf("temporal", EXTERNAL, {})).toEqual({ ready: false, detail: "there is no Temporal" });
});

it("asks the store with its keys: one that refuses them is not ready", async () => {
	expect(await healthOf("store", EXTERNAL, { store: storeWith(async () => true) })).toEqual({
		...{ ready: true, detail: "has bucket cres" },
	});
	expect(await healthOf("store", EXTERNAL, { store: storeWith(async () => false) })).toMatchObject({ ready: true });
	const refused = () => Promise.reject(new UserError("store_unauthorized", "the store refuses the keys"));
	expect(await healthOf("store", EXTERNAL, { store: storeWith(refused) })).toEqual({
		...{ ready: false, detail: "the store refuses the keys" },
	});
});

it("takes 2xx for health, and no redirect or fault", async () => {
	const api = { external: true, ready: { http: "http://127.0.0.1:8000/health" } };
	const answering = (status: number, body = "") => ({
		answers: { acceptsTcp: async () => true, readHttp: async () => ({ status, body }) },
	});
	expect(await healthOf("api", api, answering(204))).toEqual({ ready: true, detail: "answers 204" });
	for (const status of [302, 404, 503])
		expect(await healthOf("api", api, answering(status))).toEqual({ ready: false, detail: `answers ${status}` });
	const body = { role: "control", api: "ok", temporal: "ok", minio: "down", llama: "n/a", whisper: "n/a" };
	const down = { ...body, reasons: { minio: "no such bucket" }, pretended: false, buildId: "b" };
	expect(await healthOf("api", api, answering(503, JSON.stringify(down)))).toEqual({
		...{ ready: false, detail: "answers 503: minio: no such bucket" },
	});
});

it("asks for the worker by its pollers, of its own name alone", async () => {
	const seen: Seen[] = [{ identity: "cpu@vast-1/b-1-0a1b2c3d", lastSeenMs: Date.now() }];
	const change = temporalWith(() => seen);
	expect(await healthOf("worker", EXTERNAL, change)).toEqual({
		ready: true,
		detail: "polls as cpu@vast-1/b-1-0a1b2c3d",
	});
	const named = { external: true, env: { WORKER_INSTANCE_NAME: "huihuang" } };
	expect(await healthOf("worker", named, change)).toEqual({
		ready: false,
		detail: "no worker of huihuang polls video-processing@cpu (workflow), video-processing@cpu (activity)",
	});
});

it("does not take the polls of before for a worker's: it is started, and ready when it polls itself", async () => {
	const past = { identity: "cpu@control/b-1-0a1b2c3d", lastSeenMs: Date.now() - 20_000 };
	let startedMs = Infinity;
	const now = () => (Date.now() > startedMs + 600 ? [{ ...past, lastSeenMs: Date.now() }] : [past]);
	const service = { command: ["node", "-e", "setInterval(() => {}, 1000)"], wait: "10s" };
	const { ports } = await controlWorld({ worker: service }, temporalWith(now));
	expect((await status(ports, [])).services[0]).toMatchObject({ state: "stopped", detail: "its process does not run" });
	startedMs = Date.now();
	const [row] = (await boot(ports, [])).services;
	expect(row).toMatchObject({ outcome: "started" });
	expect(row!.ms).toBeGreaterThan(300);
	expect((await boot(ports, [])).services[0]).toMatchObject({ outcome: "untouched", pid: row!.pid });
	await stop(ports, []);
	expect((await status(ports, [])).services[0]).toMatchObject({ state: "stopped" });
});

it("gives a service what the programs of our images need, with the addresses of this machine", async () => {
	const script = "console.log(JSON.stringify(process.env)); setInterval(() => {}, 1000)";
	const { ports } = await controlWorld(
		{ worker: { command: ["node", "-e", script], runtime_env: true, env: { WORKER_INSTANCE_NAME: "huihuang" } } },
		temporalWith(() => [{ identity: "cpu@huihuang/b-1-0a1b2c3d", lastSeenMs: Date.now() + 1_000 }]),
	);
	const [row] = (await boot(ports, [])).services;
	const { readFile } = await import("node:fs/promises");
	let text = "";
	while (!text.includes("\n")) text = await readFile(row!.log!, "utf8");
	expect(JSON.parse(text)).toMatchObject({
		TEMPORAL_ADDRESS: "127.0.0.1:7233",
		MINIO_ENDPOINT: "127.0.0.1:9000",
		MINIO_SECRET_KEY: "sentinel-secret",
		WORKER_MODE: "cpu",
		WORKER_INSTANCE_NAME: "huihuang",
	});
	await stop(ports, []);
});

it("makes namespace and bucket of a Temporal and a store that it started, and of no others", async () => {
	const made: string[] = [];
	const temporal = temporalWith(() => []);
	const connectTemporal = async () => ({
		...(await temporal.connectTemporal()),
		prepareNamespace: async () => (made.push("namespace"), true),
	});
	const store = async () =>
		({
			bucketExists: async () => true,
			prepareBucket: async () => (made.push("bucket"), true),
		}) as Partial<Store> as Store;
	let isUp = false;
	const whenUp =
		<T>(give: () => Promise<T>) =>
		() =>
			isUp ? give() : Promise.reject(new Error("not yet"));
	const services = { command: ["node", "-e", "setInterval(() => {}, 1000)"] };
	const { ports } = await controlWorld(
		{ temporal: services, store: { ...services, after: ["temporal"] } },
		{
			...{ connectTemporal: whenUp(connectTemporal), store: whenUp(store) },
			// Asked for when the first of them is started.
			findProgram: async () => {
				isUp = true;
				return process.execPath;
			},
		},
	);
	const booted = await boot(ports, ["temporal"]);
	expect(booted.services[0]).toMatchObject({ outcome: "started" });
	expect(made).toEqual(["namespace"]);
	expect((await boot(ports, [])).services.map(({ outcome }) => outcome)).toEqual(["untouched", "untouched"]);
	expect(made).toEqual(["namespace"]);
	await stop(ports, []);
});

it("says why nobody answered an http request", async () => {
	const service = { ...EXTERNAL, ready: { http: `http://127.0.0.1:${await freePort()}/health` } };
	const { ready, detail } = await healthOf("api", service, {});
	expect(ready).toBe(false);
	expect(detail).toMatch(/^connect ECONNREFUSED 127\.0\.0\.1:\d+$/);
});
