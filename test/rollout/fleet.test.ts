import { afterEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import { rollFleet, type FleetOptions, type FleetPorts, type FleetRollout } from "../../src/rollout/fleet.ts";
import { rollBack } from "../../src/rollout/rollback.ts";
import { statusOf } from "../../src/rollout/status.ts";
import { systemClock } from "../../src/system/clock.ts";
import { prefixed } from "../../src/system/progress.ts";
import { BUILD, makeVastFleet, type VastFleet } from "../support/vast-fleet.ts";

const NAMES = ["gpu-1", "gpu-2", "gpu-3", "gpu-4", "gpu-5"];
const OPTIONS: FleetOptions = { dryRun: false, purpose: "deploy", parallel: 2, maxFailures: 0 };

let fleet: VastFleet;
afterEach(() => fleet.close());

const fleetPorts = (signal = new AbortController().signal): FleetPorts => ({
	open: async (name) => {
		const ports = fleet.ports(name, { signal });
		return { ...ports, progress: prefixed(ports.progress, name) };
	},
	clock: systemClock,
	signal,
	stackOf: async (defect) => String(defect),
});
const roll = (options: Partial<FleetOptions> = {}, names = NAMES, signal?: AbortSignal) =>
	rollFleet(fleetPorts(signal), names, { reference: `b-${BUILD.first}` }, { ...OPTIONS, ...options });
const outcomes = ({ instances }: FleetRollout) => instances.map(({ outcome }) => outcome);
const fail = (name: string) => fleet.sim.faults.set("crash-loop", { id: fleet.contractOf(name), times: 9 });

describe("a fleet", () => {
	it("is rolled canary first, then some at a time, and again for nothing", async () => {
		fleet = await makeVastFleet({ instances: NAMES });
		const rolled = await roll();
		expect(outcomes(rolled)).toEqual(NAMES.map(() => "live"));
		expect(rolled.halted).toBe(false);
		const recycles = fleet.sim.requests.filter(({ route }) => route === "recycle");
		expect(recycles.map(({ path }) => path)[0]).toContain(String(fleet.contractOf("gpu-1")));
		const firstOf = (name: string) => fleet.notes.findIndex((note) => note.startsWith(`${name}: `));
		const canaryWatched = fleet.notes.findLastIndex((note) => note.startsWith("gpu-1: 3 of 3 looks"));
		for (const other of NAMES.slice(1)) expect(firstOf(other)).toBeGreaterThan(canaryWatched);
		expect(outcomes(await roll())).toEqual(NAMES.map(() => "unchanged"));
	});

	it("is left alone when the canary fails", async () => {
		fleet = await makeVastFleet({ instances: NAMES, deployTimeout: "2s" });
		fail("gpu-1");
		const rolled = await roll();
		expect(outcomes(rolled)).toEqual(["failed", "skipped", "skipped", "skipped", "skipped"]);
		expect(rolled.halted).toBe(true);
		const touched = fleet.sim.requests.filter(({ method, path }) => method === "PUT" && !path.includes("36700001"));
		expect(touched).toEqual([]);
	});

	it("begins no other instance when too many have failed", async () => {
		fleet = await makeVastFleet({ instances: NAMES, deployTimeout: "2s" });
		fail("gpu-2");
		fail("gpu-3");
		const rolled = await roll({ parallel: 1, maxFailures: 1 });
		expect(outcomes(rolled)).toEqual(["live", "failed", "failed", "skipped", "skipped"]);
	});

	it("goes on to the end within the failures that are allowed", async () => {
		fleet = await makeVastFleet({ instances: NAMES, deployTimeout: "2s" });
		fail("gpu-3");
		expect(outcomes(await roll({ maxFailures: 1 }))).toEqual(["live", "live", "failed", "live", "live"]);
	});

	it("begins no other instance after Ctrl-C", async () => {
		fleet = await makeVastFleet({ instances: NAMES });
		const interrupt = new AbortController();
		const rolling = roll({ parallel: 1 }, NAMES, interrupt.signal);
		while (!fleet.notes.some((note) => note.startsWith("gpu-2: recycle"))) await new Promise(setImmediate);
		interrupt.abort(new UserError("interrupted", "interrupted by the operator"));
		expect(outcomes(await rolling)).toEqual(["live", "error", "skipped", "skipped", "skipped"]);
	});

	it("of more than a page loses no member", async () => {
		const names = Array.from({ length: 27 }, (_, index) => `gpu-${index + 1}`);
		fleet = await makeVastFleet({ instances: names });
		const from = fleet.sim.requests.length;
		const { config, clock, temporal } = fleet.ports(names[0]!);
		const open = async (name: string) => fleet.ports(name).instance;
		const { instances: rows } = await statusOf({ config, clock, temporal, open }, names);
		expect(rows.map(({ instance }) => instance)).toEqual(names);
		expect(rows.map(({ verdict }) => verdict)).toEqual(names.map(() => "not-polling"));
		expect(fleet.sim.requests.slice(from).map(({ route }) => route)).toEqual(["list", "list"]);
	});
});

describe("a rollback", () => {
	it("brings the release before back with its settings", async () => {
		fleet = await makeVastFleet({ instances: ["gpu-1"] });
		await roll({}, ["gpu-1"]);
		await rollFleet(fleetPorts(), ["gpu-1"], { reference: `b-${BUILD.second}` }, OPTIONS);
		const back = await rollBack(fleet.ports("gpu-1"), undefined, false);
		expect(back).toMatchObject({ outcome: "live", buildId: BUILD.first, previous: { buildId: BUILD.second } });
	});

	it("is refused in one line when its image has left the registry", async () => {
		fleet = await makeVastFleet({ instances: ["gpu-1"] });
		await roll({}, ["gpu-1"]);
		await rollFleet(fleetPorts(), ["gpu-1"], { reference: `b-${BUILD.second}` }, OPTIONS);
		fleet.forget(BUILD.first);
		const from = fleet.sim.requests.length;
		await expect(rollBack(fleet.ports("gpu-1"), undefined, false)).rejects.toMatchObject({ code: "image_missing" });
		expect(fleet.sim.requests.slice(from).filter(({ method }) => method !== "GET")).toEqual([]);
	});

	it("of a release whose image is gone is told beforehand that there is no way back", async () => {
		fleet = await makeVastFleet({ instances: ["gpu-1"] });
		await roll({}, ["gpu-1"]);
		fleet.forget(BUILD.first);
		await rollFleet(fleetPorts(), ["gpu-1"], { reference: `b-${BUILD.second}` }, OPTIONS);
		expect(fleet.notes.join("\n")).toContain(
			"no rollback is possible for gpu-1: registry.test:5000/cres/worker:b-111111111111",
		);
	});
});
