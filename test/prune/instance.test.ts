import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LABEL } from "../../src/contracts/labels.ts";
import { planInstancePrune, pruneInstance } from "../../src/prune/instance.ts";
import { renderInstancePrune } from "../../src/prune/render.ts";
import {
	BUILD,
	NAME,
	PULL_ADDRESS,
	REPOSITORY,
	makeDockerWorld,
	type ControlHost,
	type DockerWorld,
} from "../support/docker-world.ts";
import { digestOfBuild } from "../support/fake-registry.ts";

let world: DockerWorld;
let host: ControlHost;
beforeEach(async () => {
	world = await makeDockerWorld({ rollout: { retain: 50 } });
	host = await world.controlHost();
	for (const build of [BUILD.first, BUILD.second, BUILD.third]) await host.deploy(build);
});
afterEach(() => world.close());

const referenceOf = (build: string) => `${PULL_ADDRESS}/${REPOSITORY}@${digestOfBuild(build)}`;
const builds = (images: readonly { buildId: string }[]) => images.map(({ buildId }) => buildId).toSorted();

describe("what goes from an instance", () => {
	it("is what neither runs nor is one of the last releases", async () => {
		const plan = await planInstancePrune(host.ports, 1);
		expect([plan.outcome, builds(plan.going), plan.bytes]).toEqual(["planned", [BUILD.first, BUILD.second], 10e6]);
		expect(plan.kept).toMatchObject([{ buildId: BUILD.third, reasons: ["runs", `release of ${NAME}`] }]);
		const done = await pruneInstance(host.ports, plan);
		expect([done.outcome, builds(done.going)]).toEqual(["pruned", [BUILD.first, BUILD.second]]);
		expect([...world.daemon.images.keys()]).toEqual([referenceOf(BUILD.third)]);
		expect(await planInstancePrune(host.ports, 1)).toMatchObject({ outcome: "unchanged", going: [] });
		expect((await host.status()).verdict).toBe("ok");
	});

	it("is no image of another repository with the same label, and none that no record names", async () => {
		const labels = { [LABEL.buildId]: BUILD.first };
		const digest = digestOfBuild(BUILD.first);
		for (const reference of [`${PULL_ADDRESS}/unrelated/tool@${digest}`, referenceOf(BUILD.fourth)])
			world.daemon.images.set(reference, { id: reference, references: [reference], createdAt: 0, bytes: 1, labels });
		const plan = await planInstancePrune(host.ports, 1);
		expect(plan.going.map(({ reference }) => reference).toSorted()).toEqual(
			[BUILD.first, BUILD.second].map(referenceOf).toSorted(),
		);
		expect(plan.kept.find(({ reference }) => reference === referenceOf(BUILD.fourth))).toMatchObject({
			reasons: ["in no record of this machine"],
		});
	});

	it("stays while a container is of it", async () => {
		const plan = await planInstancePrune(host.ports, 1);
		const images = {
			...host.instance.images!,
			remove: async (reference: string) => reference !== referenceOf(BUILD.first),
		};
		const done = await pruneInstance({ ...host.ports, instance: { ...host.instance, images } }, plan);
		expect(builds(done.going)).toEqual([BUILD.second]);
		expect(done.kept.at(-1)).toMatchObject({ buildId: BUILD.first, reasons: ["a container is of it"] });
	});
});

describe("a prune of an instance", () => {
	it("waits for nobody: who changes it now is told", async () => {
		const plan = await planInstancePrune(host.ports, 1);
		const claim = { owner: "ci@runner", host: "runner", pid: 7, purpose: "deploy", since: world.clock.now() };
		const held = await host.instance.lease.take(claim);
		await expect(pruneInstance(host.ports, plan)).rejects.toMatchObject({ code: "lease_held", exit: "busy" });
		await held.release();
		expect(world.daemon.images.size).toBe(3);
	});

	it("is none where there is no daemon", async () => {
		const { images: _images, ...contract } = host.instance;
		await expect(planInstancePrune({ ...host.ports, instance: contract }, 1)).rejects.toMatchObject({
			...{ code: "no_daemon", exit: "usage" },
			hint: expect.stringContaining("cres prune registry") as string,
		});
	});

	it("is shown with its bytes", async () => {
		expect(renderInstancePrune(await planInstancePrune(host.ports, 2))).toMatchInlineSnapshot(`
			"cpu-1: 1 would be removed, up to 5.0 MB
			BUILD         DIGEST               BYTES
			111111111111  sha256:faae27f9994b  5.0 MB
			kept: 2
			  222222222222  release of cpu-1
			  333333333333  runs, release of cpu-1"
		`);
	});
});
