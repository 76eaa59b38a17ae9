import { describe, expect, it } from "vitest";
import { describeStep } from "../../../src/rollout/step.ts";
import { isAlready, planRollout, type Running } from "../../../src/instances/docker/roll/plan.ts";

const wanted = { digest: "sha256:new", specHash: "s1", order: "start-first" } as const;
const old: Running = { id: "1", name: "g1", digest: "sha256:old", specHash: "s1", running: true };
const stopped: Running = { ...old, id: "0", name: "g0", running: false };
const kinds = (containers: Running[], order: "start-first" | "stop-first") =>
	planRollout(containers, { ...wanted, order }).map(({ kind }) => kind);

describe("planRollout", () => {
	it("starts the new worker before it drains the old one, so no queue is ever unpolled", () => {
		expect(kinds([old], "start-first")).toEqual([
			"pull",
			"start",
			"await-pollers",
			"watch",
			"drain",
			"remove",
			"prune",
		]);
	});

	it("drains first where the device can hold one worker only", () => {
		expect(kinds([old], "stop-first")).toEqual(["pull", "drain", "start", "await-pollers", "watch", "remove", "prune"]);
	});

	it("has nothing to drain on a fresh instance", () => {
		expect(kinds([], "stop-first")).toEqual(["pull", "start", "await-pollers", "watch", "prune"]);
	});

	it("drains what runs and removes everything of ours", () => {
		const plan = planRollout([old, stopped], wanted);
		expect(plan).toContainEqual({ kind: "drain", names: ["g1"] });
		expect(plan).toContainEqual({ kind: "remove", names: ["g1", "g0"] });
	});

	it("describes each step in one line", () => {
		expect(planRollout([old], wanted).map(describeStep)).toEqual([
			"pull sha256:new",
			"start a container of sha256:new",
			"wait until the new build polls every expected queue",
			"watch the new container for restarts",
			"drain and stop g1",
			"remove g1",
			"prune images beyond those retained",
		]);
	});
});

describe("isAlready", () => {
	const same: Running = { ...old, digest: "sha256:new" };
	it.each([
		["the wanted container runs alone", [same], true],
		["it is stopped", [{ ...same, running: false }], false],
		["the run spec differs", [{ ...same, specHash: "s2" }], false],
		["the digest differs", [old], false],
		["a second container is there", [same, stopped], false],
		["nothing is there", [], false],
	])("when %s", (_case, containers, expected) => {
		expect(isAlready(containers, wanted)).toBe(expected);
	});
});
