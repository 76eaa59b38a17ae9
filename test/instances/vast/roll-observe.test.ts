import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Observation } from "../../../src/instances/instance.ts";
import { digestOf } from "../../../src/registry/image-reference.ts";
import {
	BUILD,
	NAME,
	assertNoSession,
	makeContractWorld,
	type ContractWorld,
	type PortOptions,
} from "../../support/contract-world.ts";
import { nextRelease } from "../../support/next-release.ts";
import { refusal } from "../../support/refusal.ts";

let world: ContractWorld;
let seen: Observation | undefined;
beforeEach(async () => {
	seen = undefined;
	world = await makeContractWorld();
	await world.runs(BUILD.first); // its rollout was begun from here
});
afterEach(async () => {
	seen?.close();
	await assertNoSession(world);
	await world.close();
});

const observe = async (options: PortOptions = {}) => {
	const registry = await world.ports(NAME).registry();
	const { digest } = (await registry.resolve("cres/worker", `b-${BUILD.second}`))!;
	const image = { ...nextRelease().image, digest: digestOf(digest), buildId: BUILD.second };
	const look = { signal: new AbortController().signal, note: (text: string) => void world.notes.push(text) };
	seen = await world.instance(options).roll.observe({ ...look, image: Promise.resolve(image), dialled: () => {} });
	return seen.weigh(nextRelease({ image }), { releases: [], polls: [] });
};
const kinds = ({ plan }: { plan: readonly { kind: string }[] }) => plan.map(({ kind }) => kind);

describe("a contract that a rollout from here has left", () => {
	it.each([
		["loading", "running", null],
		["loading", "running", "Error response from daemon: manifest unknown"],
		["exited", "running", null],
	] as const)("%s, with %s asked for and %j, can be rolled, and has no worker to drain", async (...state) => {
		const [actual, intended, statusMessage] = state;
		Object.assign(world.contract, { actual, intended, statusMessage });
		const weighed = await observe();
		expect(kinds(weighed).slice(0, 2)).toEqual(["stage", "recycle"]);
		expect([weighed.previous, weighed.serves]).toEqual([undefined, false]);
	});

	it("can be rolled where its container cannot be connected to, which is told", async () => {
		world.contract.publicIp = "127.0.0.9";
		expect(kinds(await observe())).not.toContain("drain");
		expect(world.notes).toContainEqual(
			expect.stringMatching(/^gpu-1 still runs the container of an interrupted rollout, but .* cannot be reached: /),
		);
	});

	it.each([
		["stopped", "running", "contract_stopped"],
		["offline", "running", "host_silent"],
	] as const)("is not rolled while it is %s", async (actual, intended, code) => {
		Object.assign(world.contract, { actual, intended });
		expect(await refusal(observe())).toMatchObject({ code });
	});
});

describe("a contract that somebody else rolled", () => {
	it("is not rolled where its container cannot be connected to", async () => {
		world.contract.publicIp = "127.0.0.9";
		const config = await world.elsewhere();
		expect(await refusal(observe({ config }))).toMatchObject({ code: "instance_unreachable" });
	});

	it.each([
		["loading", "not_running"],
		["exited", "container_ended"],
	] as const)("is not rolled while it is %s", async (actual, code) => {
		Object.assign(world.contract, { actual, statusMessage: null });
		const config = await world.elsewhere();
		expect(await refusal(observe({ config }))).toMatchObject({ code });
	});
});
