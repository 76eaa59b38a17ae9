import { describe, expect, it } from "vitest";
import { badNews, conditionOf, assertOurs } from "../../../src/instances/vast/contract.ts";
import { planRoll } from "../../../src/instances/vast/roll/plan.ts";
import type { Contract } from "../../../src/vast/vast.ts";
import { nextRelease } from "../../support/next-release.ts";

const contract = (one: Partial<Contract>): Contract => ({
	id: 7,
	machineId: 1,
	label: "cres/p/gpu-1",
	actual: "running",
	intended: "running",
	statusMessage: null,
	image: "i:1",
	runtype: "ssh ssh_direc ssh_proxy",
	env: [],
	onstart: null,
	ports: {},
	publicIp: null,
	sshHost: null,
	sshPort: null,
	diskGb: 40,
	gpus: 1,
	gpuName: null,
	dphTotal: 0,
	...one,
});

describe("the condition of a contract", () => {
	it.each([
		["running", "running", null, "up"],
		["running", "stopped", null, "stopped"],
		["loading", "running", "layer: Pull complete", "on-its-way"],
		["loading", "running", "Error response from daemon: manifest unknown", "pull-failed"],
		["loading", "stopped", null, "pull-failed"],
		["created", "running", "OCI runtime create failed: no such file", "pull-failed"],
		[null, "running", null, "on-its-way"],
		["recycling", "running", null, "on-its-way"],
		["recycling", "stopped", null, "stopped"],
		["rebooting", "running", null, "on-its-way"],
		["restarting", "running", null, "on-its-way"],
		["rebooting", "stopped", null, "stopped"],
		["stopped", "running", null, "stopped"],
		["scheduling", "running", null, "stopped"],
		["exited", "running", null, "ended"],
		["frozen", "running", null, "ended"],
		["destroyed", "running", null, "ended"],
		["offline", "running", null, "silent"],
		["unknown", "running", "success, running i_1/ssh", "silent"],
	] as const)("%s with %s asked for and %j is %s", (actual, intended, statusMessage, condition) => {
		expect(conditionOf(contract({ actual, intended, statusMessage }))).toBe(condition);
	});

	it("is read from the line that tells it", () => {
		expect(badNews("a: Pull complete\nfailed to register layer: unexpected EOF \nb: Waiting")).toBe(
			"failed to register layer: unexpected EOF",
		);
		expect(badNews("success, running owner_app_b-1/ssh")).toBeUndefined();
	});
});

describe("a contract that is not to be touched", () => {
	const refused = (one: Contract | undefined) => {
		try {
			assertOurs(one, "p", "gpu-1", 7);
			return undefined;
		} catch (error) {
			return (error as { code: string }).code;
		}
	};
	it.each([
		[undefined, "contract_gone"],
		[contract({ label: null }), "not_ours"],
		[contract({ label: "cres/other/gpu-1" }), "not_ours"],
		[contract({ runtype: "args" }), "fixed_at_create"],
		[contract({}), undefined],
		[contract({ label: "cres/p/gpu-1?owner=o%40h&purpose=deploy" }), undefined],
		[contract({ runtype: "jupyter_direc ssh_direc ssh_proxy" }), undefined],
	])("%#", (one, code) => {
		expect(refused(one)).toBe(code);
	});
});

describe("the plan", () => {
	const kinds = (one: Partial<Parameters<typeof planRoll>[0]>) =>
		planRoll({ contract: 7, condition: "up", works: true, underWay: false, ...one }, nextRelease()).map(
			({ kind }) => kind,
		);
	const prove = ["connect", "await-pollers", "watch"];

	it.each([
		[{}, ["drain", "stage", "recycle", "await-container", ...prove]],
		[{ works: false }, ["stage", "recycle", "await-container", ...prove]],
		[{ underWay: true }, prove],
		[{ underWay: true, condition: "on-its-way" as const }, ["await-container", ...prove]],
		[{ works: false, condition: "pull-failed" as const }, ["stage", "recycle", "await-container", ...prove]],
		[
			{ works: false, underWay: true, condition: "pull-failed" as const },
			["stage", "recycle", "await-container", ...prove],
		],
	])("of %j", (standing, steps) => {
		expect(kinds(standing)).toEqual(steps);
	});
});
