import { hostname } from "node:os";
import { beforeEach, describe, expect, it } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { ownerOf, ownOwner, placeOf, smokeLabels, type Owner } from "../../src/smoke/owner.ts";
import { reap } from "../../src/smoke/reaper.ts";
import { thisMachine } from "../../src/state/machine.ts";
import { FakeEngine } from "./fake-engine.ts";

const HOUR = 3_600_000;
const OWN: Owner = {
	host: "ci-1/pid:[1]",
	pid: 10,
	startedAt: "boot/100",
	keep: false,
	against: "rehearsal",
	place: "here",
};

let engine: FakeEngine;
/** Processes of this machine by id: when they started. */
let running: Map<number, string>;
let forgotten: string[];
let notes: string[];
let forget: (id: string) => Promise<void>;
beforeEach(() => {
	engine = new FakeEngine();
	running = new Map([[10, "boot/100"]]);
	[forgotten, notes] = [[], []];
	forget = async (id) => void forgotten.push(id);
});

async function leave(id: string, owner: Partial<Owner>, ageMs = 0): Promise<void> {
	const { now } = engine;
	engine.now -= ageMs;
	const labels = smokeLabels(id, { ...OWN, ...owner });
	const network = await engine.createNetwork(`cres-smoke-${id}-net`, labels);
	await engine.create({ name: `cres-smoke-${id}-app`, image: "image", network, labels });
	engine.now = now;
}

const sweep = () =>
	reap({
		engine,
		owner: OWN,
		processes: {
			find: async (pid) => (running.has(pid) ? { startedAt: running.get(pid) } : undefined),
		},
		forget,
		note: (text) => void notes.push(text),
	});

const left = () => [...engine.containers, ...engine.networks].map(({ name }) => name);

describe("what an earlier smoke test has left", () => {
	it("goes when its process is gone: containers, then what it stored, then its network", async () => {
		await leave("dead", { pid: 77 });
		expect(await sweep()).toEqual(["dead"]);
		expect([left(), forgotten, engine.removed]).toEqual([[], ["dead"], ["000000000001", "cres-smoke-dead-net"]]);
	});

	it("goes when another process has its id now", async () => {
		await leave("dead", { pid: 77, startedAt: "boot/100" });
		running.set(77, "boot/900");
		expect(await sweep()).toEqual(["dead"]);
	});

	it("goes although a live one has the process id of a dead one", async () => {
		await leave("dead", { pid: 77, startedAt: "boot/1" });
		await leave("live", { pid: 77, startedAt: "boot/900" });
		running.set(77, "boot/900");
		expect(await sweep()).toEqual(["dead"]);
	});

	it("stays while that smoke test runs, however long it takes", async () => {
		await leave("live", { pid: 77, startedAt: "boot/200" }, 5 * HOUR);
		running.set(77, "boot/200");
		expect(await sweep()).toEqual([]);
		expect(left()).toHaveLength(2);
	});

	it("of another machine, or another space of process ids, goes after an hour by the daemon's clock", async () => {
		await leave("young", { host: "ci-1/pid:[2]", pid: 77 }, HOUR - 60_000);
		await leave("old", { host: "ci-2", pid: 10 }, HOUR + 60_000);
		expect(await sweep()).toEqual(["old"]);
		expect(left()).toEqual(["cres-smoke-young-app", "cres-smoke-young-net"]);
	});

	it("does not depend on the clock of this machine, which may be an hour wrong", async () => {
		engine.now = Date.now() + 10 * HOUR;
		await leave("young", { host: "ci-2", pid: 77 }, HOUR / 2);
		engine.now = Date.now() - 10 * HOUR;
		await leave("young-too", { host: "ci-2", pid: 77 });
		engine.now = Date.now() - 10 * HOUR + HOUR / 2;
		expect(await sweep()).toEqual([]);
	});

	it("stays for a day where it was kept", async () => {
		await leave("kept", { pid: 77, keep: true }, 23 * HOUR);
		await leave("forgotten", { pid: 77, keep: true }, 25 * HOUR);
		expect(await sweep()).toEqual(["forgotten"]);
	});

	it("of whoever cannot be told goes after an hour", async () => {
		await leave("unknown", { startedAt: null, pid: 77 }, HOUR / 2);
		const labels = { "cres.smoke": "foreign", "cres.smoke-owner": "{" };
		engine.networks.push({ kind: "network", id: "n", name: "n", labels, createdAt: engine.now - 2 * HOUR });
		expect(await sweep()).toEqual(["foreign"]);
		expect(forgotten).toEqual([]);
	});

	it("in another Temporal or bucket is left to who uses them, with its network as the label", async () => {
		await leave("theirs", { pid: 77, place: "elsewhere" });
		await leave("images", { pid: 77, place: "elsewhere", against: "images" });
		expect(await sweep()).toEqual(["images"]);
		expect([left(), forgotten]).toEqual([["cres-smoke-theirs-net"], []]);
	});

	it("in a Temporal that is down is forgotten by the next one", async () => {
		await leave("dead", { pid: 77 });
		forget = () => Promise.reject(new Error("Temporal does not answer"));
		expect(await sweep()).toEqual([]);
		expect(left()).toEqual(["cres-smoke-dead-net"]);
		expect(notes).toEqual(["what smoke test dead stored is left of an earlier smoke test: Temporal does not answer"]);
		forget = async (id) => void forgotten.push(id);
		expect(await sweep()).toEqual(["dead"]);
		expect([left(), forgotten]).toEqual([[], ["dead"]]);
	});

	it("that cannot be removed is told, and holds up nothing", async () => {
		await leave("dead", { pid: 77 });
		const labels = smokeLabels("other", OWN);
		await engine.create({ name: "stranger", image: "image", network: "cres-smoke-dead-net", labels });
		expect(await sweep()).toEqual(["dead"]);
		expect(notes).toEqual([
			"cres-smoke-dead-net is left of an earlier smoke test: network cres-smoke-dead-net has active endpoints",
		]);
	});
});

it("a place is a Temporal namespace and a bucket", () => {
	const config = (namespace: string, bucket = "cres") =>
		({ temporal: { address: "t:7233", namespace }, store: { endpoint: "s:9000", bucket } }) as Config;
	expect(placeOf(config("a"))).toBe(placeOf(config("a")));
	expect(placeOf(config("a"))).not.toBe(placeOf(config("b")));
	expect(placeOf(config("a"))).not.toBe(placeOf(config("a", "other")));
});

it("the owner is this very process, and reads back from labels", async () => {
	const processes = { find: async () => ({ startedAt: "boot/1" }) };
	const owner = await ownOwner(processes, { keep: false, against: "images", place: "here" });
	expect(owner).toMatchObject({ host: `${hostname()}/${thisMachine()}`, pid: process.pid, startedAt: "boot/1" });
	expect(ownerOf(smokeLabels("a", owner))).toEqual(owner);
	expect(ownerOf({})).toBeUndefined();
});
