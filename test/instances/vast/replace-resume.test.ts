import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordedEndpoint } from "../../../src/state/endpoints.ts";
import { readReleases } from "../../../src/state/releases.ts";
import { deploy } from "../../support/vast-faults.ts";
import { BUILD, makeVastFleet, type VastFleet } from "../../support/vast-fleet.ts";
import {
	LABEL,
	NAME,
	errorOf,
	expectOne,
	killed,
	named,
	replaceContract,
	servingNow,
	stoppedIn,
} from "../../support/vast-replace.ts";

/** Steps by the words that their lines begin with, in their order. */
const BEFORE_PROOF = ["rent", "wait until the platform", "find the new", "wait until the new", "watch"];
const STEPS = [...BEFORE_PROOF, "drain", "name the new", "destroy contract"];

let fleet: VastFleet;
let old: number;

beforeEach(async () => {
	fleet = await makeVastFleet({ instances: [NAME] });
	old = fleet.contractOf(NAME);
	await deploy(fleet, BUILD.first);
	for (let offers = 0; offers < 4; offers++) fleet.sim.offers.add();
});
afterEach(() => fleet.close());

const creates = () => fleet.sim.requests.filter(({ route }) => route === "create").length;
const ids = () => fleet.sim.contracts().map(({ id }) => id);

describe("a change of contracts that was killed", () => {
	describe.each(STEPS)("at: %s", (step) => {
		it.each(["before", "after"] as const)("%s it is done, ends with one contract", async (moment) => {
			await killed(fleet, step, moment);
			expect(await replaceContract(fleet)).toMatchObject({ outcome: "live" });
			await expectOne(fleet);
			expect(await servingNow(fleet)).toBe(BUILD.second);
			expect((await readReleases(fleet.state, NAME)).at(-1)).toMatchObject({ outcome: "live", buildId: BUILD.second });
		});
	});

	it.each(BEFORE_PROOF)("at: %s, has not touched the old contract", async (step) => {
		await killed(fleet, step, "after");
		expect(await named(fleet)).toBe(old);
		expect(await servingNow(fleet)).toBe(BUILD.first);
		expect(await replaceContract(fleet, { replaces: false, buildId: BUILD.third })).toMatchObject({ outcome: "live" });
		await replaceContract(fleet);
		await expectOne(fleet);
	});

	it("after cres.yaml was written, is ended without renting again", async () => {
		await killed(fleet, "name the new", "after");
		expect(ids()).toHaveLength(2);
		expect(await errorOf(replaceContract(fleet, { replaces: false }))).toMatchObject({
			code: "not_ours",
			hint: `cres deploy ${NAME} --replace ends what was interrupted`,
		});
		const now = await named(fleet);
		const rolled = await replaceContract(fleet);
		expect(rolled.plan.map(({ kind }) => kind)).toEqual(["finish", "connect", "await-pollers", "watch"]);
		expect(rolled.seen).toContain(`contract ${old} destroyed, which contract ${now} had replaced`);
		expect([creates(), await named(fleet)]).toEqual([1, now]);
		await expectOne(fleet);
	});

	it("after cres.yaml was written, is ended first when another build is wanted", async () => {
		await killed(fleet, "name the new", "after");
		expect(await replaceContract(fleet, { buildId: BUILD.third })).toMatchObject({ outcome: "live" });
		expect(creates()).toBe(2);
		await expectOne(fleet);
		expect(await servingNow(fleet)).toBe(BUILD.third);
	});

	it("after cres.yaml was written, is ended also when the new contract cannot be reached any more", async () => {
		await killed(fleet, "name the new", "after");
		fleet.sim.contract(await named(fleet))!.publicIp = "127.0.0.9";
		expect(await errorOf(replaceContract(fleet))).toMatchObject({
			code: "instance_unreachable",
			hint: `cres logs ${NAME}, then cres deploy ${NAME}`,
		});
		await expectOne(fleet);
	});

	it("after the old worker was drained, has it polling again when the next one fails", async () => {
		await killed(fleet, "drain", "after");
		expect(await servingNow(fleet)).toBeUndefined();
		fleet.sim.faults.set("crash-loop");
		expect((await replaceContract(fleet)).outcome).toBe("rolled-back");
		expect([await named(fleet), await servingNow(fleet)]).toEqual([old, BUILD.first]);
		await expectOne(fleet);
	});

	it("is cleared of what it rented, and of nothing else", async () => {
		await killed(fleet, "rent", "after");
		const left = ids().find((id) => id !== old)!;
		const labels = [
			`${LABEL}-b/new-1-2`,
			"cres/other/gpu-1/new-1-2",
			"cres/fleet/gpu-2/new-1-2",
			`${LABEL}/old-1-2`,
			LABEL,
		];
		const others: number[] = [];
		for (const label of labels) others.push(await fleet.sim.seed({ image: "docker.io/somebody/else:1", label }));
		const rolled = await replaceContract(fleet);
		expect(rolled.plan[0]).toMatchObject({ kind: "reap", contracts: [left] });
		expect(ids()).toEqual([...others, await named(fleet)]);
	});

	it("leaves alone what has another label by the time it is cleared", async () => {
		await killed(fleet, "rent", "after");
		const left = fleet.sim.contracts().find(({ id }) => id !== old)!;
		const { progress: plain } = fleet.ports(NAME);
		const step: typeof plain.step = (title, work) => {
			if (title.startsWith("destroy contract")) left.label = "somebody's";
			return plain.step(title, work);
		};
		await replaceContract(fleet, { progress: { ...plain, step } });
		expect(ids()).toEqual([left.id, await named(fleet)]);
		expect(fleet.notes).toContain(`contract ${left.id} has the label somebody's by now: it is left alone`);
	});
});

describe("Ctrl-C", () => {
	it.each([...BEFORE_PROOF, "drain"])("at: %s, leaves the old contract as it was", async (step) => {
		const [file, endpoint] = [
			await readFile(join(fleet.root, "cres.yaml"), "utf8"),
			await recordedEndpoint(fleet.state, NAME),
		];
		await expect(stoppedIn(fleet, step)).rejects.toMatchObject({ code: "interrupted", exit: "interrupted" });
		expect(await readFile(join(fleet.root, "cres.yaml"), "utf8")).toBe(file);
		expect(await recordedEndpoint(fleet.state, NAME)).toEqual(endpoint);
		await expectOne(fleet);
		expect(await servingNow(fleet)).toBe(BUILD.first);
	});

	it("after cres.yaml was written, gives it back", async () => {
		const endpoint = await recordedEndpoint(fleet.state, NAME);
		const stopped = stoppedIn(fleet, "name the new", "after");
		await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
		expect([await named(fleet), await servingNow(fleet)]).toEqual([old, BUILD.first]);
		expect(await recordedEndpoint(fleet.state, NAME)).toEqual(endpoint);
		await expectOne(fleet);
	});

	it("while the old contract goes, comes too late", async () => {
		expect(await stoppedIn(fleet, "destroy contract")).toMatchObject({ outcome: "live" });
		await expectOne(fleet);
		expect(await servingNow(fleet)).toBe(BUILD.second);
	});
});
