import { expect, it, onTestFinished } from "vitest";
import { deploy } from "../../src/rollout/deploy.ts";
import { createSkew } from "../../src/system/clock.ts";
import { BUILD, makeDockerWorld } from "../support/docker-world.ts";

it.each([
	[
		180_000,
		/^this machine's clock is 3 min 0 s ahead of registry\.test:5000; polls are judged by that time\. Set it: /,
	],
	[-90_000, /^this machine's clock is 1 min 30 s behind registry\.test:5000; /],
])("M38: a clock that is %i ms off is named before a deploy, which goes on", async (ms, text) => {
	const world = await makeDockerWorld();
	onTestFinished(() => world.close());
	const host = await world.controlHost();
	const skew = createSkew();
	skew.note("registry.test:5000", 0, ms);
	const wanted = { reference: `b-${BUILD.first}` };
	const rollout = await deploy({ ...host.ports, skew }, wanted, { dryRun: false, purpose: "deploy" });
	expect(rollout.outcome).toBe("live");
	expect(host.notes.filter((note) => text.test(note))).toHaveLength(1);
});

it("M38: a clock that is right is no news", async () => {
	const world = await makeDockerWorld();
	onTestFinished(() => world.close());
	const host = await world.controlHost();
	await host.deploy(BUILD.first);
	expect(host.notes.filter((note) => note.includes("clock"))).toEqual([]);
});
