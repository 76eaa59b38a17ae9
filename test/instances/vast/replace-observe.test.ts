import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Observation } from "../../../src/instances/instance.ts";
import { digestOf } from "../../../src/registry/image-reference.ts";
import type { PollerRow } from "../../../src/temporal/pollers.ts";
import {
	BUILD,
	NAME,
	PLACE,
	assertNoSession,
	makeContractWorld,
	type ContractWorld,
} from "../../support/contract-world.ts";
import { fakeContract } from "../../support/fake-contract.ts";
import { nextRelease } from "../../support/next-release.ts";

let world: ContractWorld;
let seen: Observation | undefined;
beforeEach(async () => {
	seen = undefined;
	world = await makeContractWorld();
	await world.runs(BUILD.first);
	world.sim.offers.add();
});
afterEach(async () => {
	seen?.close();
	await assertNoSession(world);
	await world.close();
});

const next = async () => {
	const registry = await world.ports(NAME).registry();
	const { digest } = (await registry.resolve("cres/worker", `b-${BUILD.second}`))!;
	return nextRelease({ image: { ...nextRelease().image, digest: digestOf(digest), buildId: BUILD.second } });
};
const observe = async () => {
	const { image } = await next();
	const look = { signal: new AbortController().signal, note: (text: string) => void world.notes.push(text) };
	seen = await world.instance().replace!.observe({ ...look, image: Promise.resolve(image), dialled: () => {} });
	return seen;
};
const poll = (instance: string, buildId: string): PollerRow => ({
	...{ queue: "jobs@cpu", type: "activity", role: "cpu", verdict: "LIVE", lastSeenMs: Date.now(), buildId },
	identity: `cpu@${instance}/${buildId}-00000000`,
});

describe("what is seen before another contract is rented", () => {
	it("is the build in the container, and that the new one has a GPU", async () => {
		const found = await observe();
		const weighed = found.weigh(await next(), { releases: [], polls: [] });
		expect([found.gpu, weighed.serves]).toEqual([true, false]);
		expect(weighed.previous?.buildId).toBe(BUILD.first);
		expect(weighed.plan.at(-1)).toMatchObject({ kind: "retire", contract: world.id, label: PLACE });
		expect(weighed.plan.map(({ kind }) => kind)).toContain("drain");
	});

	it("is the build that its own worker polls with, where the container cannot be connected to", async () => {
		world.contract.publicIp = "127.0.0.9";
		const found = await observe();
		const polls = [
			{ ...poll(NAME, BUILD.third), identity: "1@somebody-else" },
			poll("gpu-2", BUILD.third),
			poll(NAME, BUILD.first),
		];
		const release = await next();
		expect(found.weigh(release, { releases: [], polls }).previous?.buildId).toBe(BUILD.first);
		expect(found.weigh(release, { releases: [], polls: polls.slice(0, 2) }).previous).toBeUndefined();
	});

	it("is nothing to drain or destroy, where the contract is gone", async () => {
		await world.account.api.destroy(world.id);
		const { plan, previous } = (await observe()).weigh(await next(), {
			releases: [],
			polls: [poll(NAME, BUILD.first)],
		});
		expect(previous).toBeUndefined();
		expect(plan.at(-1)).toMatchObject({ kind: "retire", contract: null });
		expect(plan.map(({ kind }) => kind)).not.toContain("drain");
	});

	it("touches nothing by itself", async () => {
		const execution = (await observe()).begin(fakeContract().own.run, await next(), { releases: [], polls: [] });
		expect([execution.touched(), execution.leftOver?.()]).toEqual([false, undefined]);
	});
});
