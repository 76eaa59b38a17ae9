import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changeLife } from "../../../src/rollout/lifecycle.ts";
import type { RolloutPorts } from "../../../src/rollout/ports.ts";
import {
	BUILD,
	NAME,
	PLACE,
	assertNoSession,
	makeContractWorld,
	type ContractWorld,
} from "../../support/contract-world.ts";
import { refusal } from "../../support/refusal.ts";

let world: ContractWorld;

beforeEach(async () => {
	world = await makeContractWorld();
	await world.runs(BUILD.first);
});
afterEach(async () => {
	await assertNoSession(world);
	await world.close();
});

const change = (action: "stop" | "start" | "restart", ports: RolloutPorts = world.ports(NAME)) =>
	changeLife(ports, action);
const workers = () => world.sim.pollers().map(({ buildId }) => buildId);
const asked = (route: string) => world.sim.requests.filter((one) => one.route === route).length;
const starts = () => world.sim.requests.filter(({ body }) => JSON.stringify(body)?.includes('"state"')).length;
const halted = { actual: "stopped", intended: "stopped", cur: "stopped" } as const;

describe("a contract's worker", () => {
	it("is stopped, and never the contract", async () => {
		expect(await change("stop")).toEqual({
			...{ instance: NAME, action: "stop", changed: true, buildId: BUILD.first, running: false, pollers: [] },
		});
		expect(workers()).toEqual([]);
		expect(world.contract).toMatchObject({ actual: "running", intended: "running" });
		expect(world.contract.label).toBe(PLACE);
		expect(await change("stop")).toMatchObject({ changed: false, running: false });
		expect([starts(), asked("recycle")]).toEqual([0, 0]);
	});

	it("is stopped while supervisord waits to start it again", async () => {
		await world.close();
		world = await makeContractWorld();
		world.sim.faults.set("crash-loop");
		await world.runs(BUILD.first).catch(() => {});
		expect(await change("stop")).toMatchObject({ changed: true, running: false });
	});

	it("is started, and seen to poll every queue", async () => {
		await change("stop");
		const started = await change("start");
		expect(started).toMatchObject({ changed: true, buildId: BUILD.first, running: true });
		expect(started.pollers.map(({ queue, type }) => `${queue} ${type}`)).toEqual([
			"jobs@cpu workflow",
			"jobs@cpu activity",
			"jobs@gpu activity",
		]);
		expect(await change("start")).toMatchObject({ changed: false, running: true });
	});

	it("is another process after a restart, which drains it first", async () => {
		const pid = () => world.inside("supervisorctl", "pid", "workers:*");
		const before = await pid();
		expect(await change("restart")).toMatchObject({ changed: true, running: true });
		expect(await pid()).not.toBe(before);
		expect(world.notes).toEqual(expect.arrayContaining(["drain and stop the worker"]));
		await change("stop");
		world.notes.splice(0);
		expect(await change("restart")).toMatchObject({ changed: true, running: true });
		expect(world.notes).not.toContain("drain and stop the worker");
	});

	it("is left alone when it was stopped by the operator before anything began", async () => {
		const stop = new AbortController();
		const begin = async () => stop.abort(new Error("stopped by the operator"));
		const call = { signal: stop.signal, progress: world.ports(NAME).progress, begin };
		await expect(world.instance().changeLife("restart", call)).rejects.toThrow("stopped by the operator");
		expect(workers()).toEqual([BUILD.first]);
	});

	it("is none of ours where another image runs", async () => {
		world.contract.configured.onstart = "sleep 1";
		await world.sim.simulation.lifecycle.recycle(world.contract);
		for (const action of ["stop", "start", "restart"] as const)
			expect(await refusal(change(action))).toMatchObject({ code: "nothing_deployed" });
	});

	it("that cannot live is told of", async () => {
		world.sim.faults.set("crash-loop");
		await world.sim.simulation.lifecycle.recycle(world.contract);
		expect(await refusal(change("start"))).toMatchObject({
			code: "container_died",
			message: "the worker keeps ending: it is BACKOFF after 0 restarts",
		});
	});
});

describe("a contract that does not run", () => {
	it("is started, when it was stopped, and then its worker", async () => {
		await world.sim.simulation.lifecycle.stop(world.contract);
		expect(await change("start")).toMatchObject({ running: true, buildId: BUILD.first });
		expect(world.notes).toContain(`start contract ${world.id}`);
		expect(world.contract).toMatchObject({ actual: "running", intended: "running" });
		expect([starts(), workers()]).toEqual([1, [BUILD.first]]);
	});

	it("is on record before it is started, once", async () => {
		await world.sim.simulation.lifecycle.stop(world.contract);
		const { account } = world;
		const order: string[] = [];
		const start = (id: number) => (order.push("start"), account.api.start(id));
		const instance = world.instance({ account: { ...account, api: { ...account.api, start } } });
		const { signal, progress } = world.ports(NAME);
		await instance.changeLife("start", { signal, progress, begin: async () => void order.push("begin") });
		expect(order).toEqual(["begin", "start"]);
	});

	it("is not started after the operator's stop", async () => {
		await world.sim.simulation.lifecycle.stop(world.contract);
		const stop = new AbortController();
		const begin = async () => stop.abort(new Error("stopped by the operator"));
		const call = { signal: stop.signal, progress: world.ports(NAME).progress, begin };
		await expect(world.instance().changeLife("start", call)).rejects.toThrow("stopped by the operator");
		expect(starts()).toBe(0);
	});

	it("is waited for, not started, when it comes up by itself", async () => {
		world.contract.actual = "loading";
		const reports: string[] = [];
		const progress: RolloutPorts["progress"] = {
			step: (_title, work) =>
				work((text) => {
					reports.push(text);
					world.contract.actual = "running";
				}),
			note: () => {},
		};
		expect(await change("start", { ...world.ports(NAME), progress })).toMatchObject({ running: true });
		expect(reports[0]).toBe("loading");
		expect(starts()).toBe(0);
	});

	it("T24: is waited for when the platform queues its start, and called queued", async () => {
		await world.sim.simulation.lifecycle.stop(world.contract);
		const { account } = world;
		const start = async (id: number) => (await account.api.start(id), "queued" as const);
		const reports: string[] = [];
		const progress: RolloutPorts["progress"] = {
			step: (_title, work) => work((text) => void reports.push(text)),
			note: () => {},
		};
		const ports = world.ports(NAME, { account: { ...account, api: { ...account.api, start } }, progress });
		expect(await change("start", ports)).toMatchObject({ running: true });
		expect(reports[0]).toBe("queued: Vast starts it when its machine is free");
	});

	it("may stay stopped: its GPU may be taken", async () => {
		await world.sim.simulation.lifecycle.stop(world.contract);
		world.sim.faults.set("start-stuck");
		expect(await refusal(change("start"))).toEqual({
			code: "start_stuck",
			message: `contract ${world.id} of ${NAME} is still stopped: its GPU may be taken`,
			hint: `wait, or cres deploy ${NAME} --replace to rent another one`,
		});
		const plan = await readFile(join(world.root, "docs/PLAN.md"), "utf8");
		expect(plan).toContain(`- ${NAME}: start was begun and not finished`);
	});

	it.each([
		["stop", halted, "contract_stopped"],
		["stop", { actual: "loading" }, "host_silent"],
		["stop", { actual: "offline" }, "host_silent"],
		["start", { actual: "offline" }, "host_silent"],
		["restart", { actual: "unknown" }, "host_silent"],
		["start", { actual: "exited" }, "container_ended"],
		["start", { actual: "loading", intended: "stopped" }, "pull_failed"],
	] as const)("refuses %s while it is %j", async (action, state, code) => {
		Object.assign(world.contract, { statusMessage: null, ...state });
		expect(await refusal(change(action))).toMatchObject({ code });
		expect([starts(), asked("recycle")]).toEqual([0, 0]);
	});

	it("is not started when it has another one's label", async () => {
		Object.assign(world.contract, halted, { label: "cres/fleet/gpu-2" });
		const from = world.sim.requests.length;
		expect(await refusal(change("start"))).toMatchObject({ code: "not_ours" });
		expect(world.sim.requests.slice(from).filter(({ method }) => method !== "GET")).toEqual([]);
		world.contract.label = PLACE;
	});
});
