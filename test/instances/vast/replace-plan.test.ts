import { describe, expect, it } from "vitest";
import { newLabel, parseNewLabel } from "../../../src/instances/vast/replace/new-label.ts";
import { gpuOf, planReplace, type StandingBefore } from "../../../src/instances/vast/replace/plan.ts";
import { nextRelease } from "../../support/next-release.ts";

describe("the plan", () => {
	const offer = { id: 1, machineId: 2, gpuName: "RTX 4090", gpus: 1, diskGb: 200, dphTotal: 0.4, directPorts: 9 };
	const before = {
		contract: 7,
		gone: false,
		works: true,
		label: "cres/p/gpu-1",
		leftovers: [],
		interrupted: undefined,
		offer,
		diskGb: 40,
	};
	const plan = (one: Partial<StandingBefore>) => planReplace({ ...before, ...one }, nextRelease());
	const prove = ["connect", "await-pollers", "watch"];
	const change = ["rent", "await-container", ...prove, "drain", "take-over", "retire"];

	it.each([
		[{}, change],
		[{ works: false }, change.filter((kind) => kind !== "drain")],
		[{ leftovers: [8, 9] }, ["reap", ...change]],
		[{ leftovers: [8], interrupted: { old: 6 } }, ["reap", "finish", ...change]],
		[{ interrupted: { old: null }, offer: undefined }, ["finish", ...prove]],
	])("of %j", (standing, steps) => {
		expect(plan(standing).map(({ kind }) => kind)).toEqual(steps);
	});

	it.each([
		[null, "label contract 7 as the instance's"],
		[6, "destroy contract 6 and label contract 7 as the instance's"],
	])("says what ends an interrupted change, the contract of before being %j", (old, title) => {
		expect(plan({ interrupted: { old } })[0]).toMatchObject({ kind: "finish", title, contract: 7, old });
	});

	it("says what is rented, destroyed and labelled", () => {
		expect(plan({ leftovers: [8, 9] }).map(({ title }) => title)).toEqual(
			expect.arrayContaining([
				"destroy contract 8, 9, which an interrupted rollout has left",
				"rent another contract: 1 × RTX 4090, 40 GB of disk, 0.400 USD/h",
				"name the new contract in cres.yaml",
				"destroy contract 7 and label the new one cres/p/gpu-1",
			]),
		);
		expect(plan({ offer: { ...offer, gpus: 0 } })[0]!.title).toBe(
			"rent another contract: no GPU, 40 GB of disk, 0.400 USD/h",
		);
		expect(gpuOf({ gpus: 2, gpuName: null })).toBe("2 × GPU");
	});

	it("destroys nothing that is gone", () => {
		expect(plan({ gone: true, works: false }).at(-1)).toEqual({
			kind: "retire",
			title: "label the new contract cres/p/gpu-1",
			phase: "cleanup",
			exclusive: true,
			contract: null,
			label: "cres/p/gpu-1",
		});
	});
});

describe("the label of a contract that is not the instance's yet", () => {
	const rollout = "20261125T101500.123-7";

	it("names its rollout and the contract of before", () => {
		const label = newLabel("p", "gpu-1", rollout, 36700001);
		expect(label).toBe(`cres/p/gpu-1/new-${rollout}-36700001`);
		expect(parseNewLabel(label, "p", "gpu-1")).toEqual({ rollout, old: 36700001 });
	});

	it.each([
		null,
		"",
		"cres/p/gpu-1",
		"cres/p/gpu-1/new-",
		"cres/p/gpu-1/new-x",
		"cres/p/gpu-10/new-x-1",
		"cres/q/gpu-1/new-x-1",
	])("is not %j", (label) => {
		expect(parseNewLabel(label, "p", "gpu-1")).toBeUndefined();
	});
});
