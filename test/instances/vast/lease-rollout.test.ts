import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changeLife } from "../../../src/rollout/lifecycle.ts";
import type { RolloutPorts } from "../../../src/rollout/ports.ts";
import { readReleases } from "../../../src/state/releases.ts";
import { BUILD, NAME, PLACE, makeContractWorld, type ContractWorld } from "../../support/contract-world.ts";
import { refusal } from "../../support/refusal.ts";

let world: ContractWorld;

beforeEach(async () => {
	world = await makeContractWorld();
	await world.runs(BUILD.first);
});
afterEach(() => world.close());

/** Calls `work` when a step begins, or has ended; the rollout waits for it. */
const around = (before: Work, after: Work): RolloutPorts["progress"] => ({
	async step(title, perform) {
		await before(title);
		const value = await perform(() => {});
		await after(title);
		return value;
	},
	note: (text) => void world.notes.push(text),
});
type Work = (title: string) => Promise<unknown> | void;
const only =
	(step: string, work: () => Promise<unknown>): Work =>
	(title) =>
		title.startsWith(step) ? work() : undefined;
const before = (step: string, work: () => Promise<unknown>) => around(only(step, work), () => {});
const after = (step: string, work: () => Promise<unknown>) => around(() => {}, only(step, work));

describe("two control hosts at one contract", () => {
	it("the second is refused while the first rolls, and changes nothing", async () => {
		const other = await world.elsewhere();
		let refused: unknown;
		const progress = before("stage", async () => {
			refused = await refusal(world.deploy(BUILD.third, { config: other }));
		});
		const rolled = await world.deploy(BUILD.second, { progress });
		expect(rolled.outcome).toBe("live");
		expect(refused).toMatchObject({
			code: "lease_held",
			message: expect.stringMatching(/^gpu-1 is locked by \S+@\S+ \(pid \d+\) for .*: deploy$/),
		});
		expect(await readReleases(other.state, NAME)).toEqual([]);
		expect(world.contract.label).toBe(PLACE);
	});

	it("each one's rollout has a higher token than the one before", async () => {
		const other = await world.elsewhere();
		await world.deploy(BUILD.second, { config: other });
		await world.deploy(BUILD.third);
		const fences = [...(await readReleases(other.state, NAME)), ...(await readReleases(world.state, NAME))];
		expect(fences.map(({ buildId, fence }) => [buildId, fence])).toEqual([
			[BUILD.second, 4],
			[BUILD.first, 3],
			[BUILD.third, 5],
		]);
	});

	it("the label is the plain place again after a rollout that failed", async () => {
		world.sim.faults.set("crash-loop");
		const rolled = await world.deploy(BUILD.second);
		expect(rolled).toMatchObject({ outcome: "rolled-back", failure: { code: "container_died" } });
		expect(world.contract.label).toBe(PLACE);
		expect(world.sim.pollers().map(({ buildId }) => buildId)).toEqual([BUILD.first]);
	});

	it("one that loses the lease in the middle does nothing more, not even go back", async () => {
		let [from, label] = [0, ""];
		const progress = after("stage", async () => {
			label = world.contract.label!.replace(/nonce=[^&]+/, "nonce=another").replace(/owner=[^&]+/, "owner=bob%40pc");
			world.contract.label = label;
			from = world.sim.requests.length;
		});
		expect(await refusal(world.deploy(BUILD.second, { progress }))).toMatchObject({
			code: "lease_lost",
			message: expect.stringMatching(/was lost to bob@pc .*: deploy; nothing more was done$/),
		});
		expect(world.sim.requests.slice(from).filter(({ method }) => method !== "GET")).toEqual([]);
		expect(world.contract.label).toBe(label);
		expect((await readReleases(world.state, NAME)).map(({ buildId }) => buildId)).toEqual([BUILD.first]);
	});

	it("one that loses the lease in its very last step calls nothing live", async () => {
		const progress = after("watch", async () => {
			world.contract.label = world.contract.label!.replace(/nonce=[^&]+/, "nonce=another");
		});
		expect(await refusal(world.deploy(BUILD.second, { progress }))).toMatchObject({ code: "lease_lost" });
		expect((await readReleases(world.state, NAME)).map(({ buildId }) => buildId)).toEqual([BUILD.first]);
	});

	it("keeps out a stop too", async () => {
		await world.instance().lease.take({
			...{ owner: "ann@pc", host: "elsewhere", pid: 7, purpose: "replace", since: Date.now() },
		});
		expect(await refusal(changeLife(world.ports(NAME), "stop"))).toMatchObject({
			code: "lease_held",
			message: expect.stringContaining("ann@pc (pid 7)"),
		});
		expect(world.sim.pollers()).toHaveLength(1);
	});
});
