import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BUILD, makeDockerWorld, type ControlHost, type DockerWorld } from "../../support/docker-world.ts";

let world: DockerWorld;
let ann: ControlHost;
let ben: ControlHost;
beforeEach(async () => {
	world = await makeDockerWorld();
	[ann, ben] = [await world.controlHost(), await world.controlHost()];
});
afterEach(() => world.close());

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
	work.then(
		() => undefined,
		(error: unknown) => error,
	);
const names = () => world.daemon.containers.map(({ spec }) => spec.name.replace("cres-shop-cpu-1-", ""));
/** Ben takes the lease away from Ann, as if she had slept through it, and deploys. */
const overtake = async (build: string) => {
	await ben.instance.lease.break();
	return ben.deploy(build);
};

describe("two control hosts with records of their own", () => {
	it("roll one after the other, and each writes down what the other one rolled out", async () => {
		await ann.deploy(BUILD.first);
		expect(await ben.deploy(BUILD.second)).toMatchObject({ outcome: "live", generation: 2 });
		expect(await ann.deploy(BUILD.second)).toMatchObject({ outcome: "live", generation: 2, steps: [] });
		expect(await ann.deploy(BUILD.second)).toMatchObject({ outcome: "unchanged" });
		expect(names()).toEqual(["g2"]);
	});

	it("give their containers a higher fence each time", async () => {
		const fence = () => Number(world.daemon.containers[0]!.spec.labels["cres.fence"]);
		await ann.deploy(BUILD.first);
		const first = fence();
		await ben.deploy(BUILD.second);
		expect(fence()).toBeGreaterThan(first);
	});

	it("do not roll at the same time", async () => {
		let held: unknown;
		ann.onStep("start a container", async () => {
			world.clock.advance(65_000);
			held = await errorOf(ben.deploy(BUILD.second));
		});
		expect((await ann.deploy(BUILD.first)).outcome).toBe("live");
		expect(held).toMatchObject({ code: "lease_held", exit: "busy" });
		expect((held as Error).message).toMatch(/^cpu-1 is locked by \S+@\S+ \(pid \d+\) for 1 min 5 s: deploy$/);
		expect(world.daemon.changes.filter((line) => line.startsWith("create"))).toHaveLength(1);
		expect(await ben.releases()).toEqual([]);
	});

	it("see who changes it, whichever of them looks", async () => {
		let seen: unknown;
		ann.onStep("start a container", async () => {
			seen = await ben.status();
		});
		await ann.deploy(BUILD.first);
		expect(seen).toMatchObject({ verdict: "changing", lease: { pid: process.pid, purpose: "deploy" } });
		expect((await ben.status()).lease).toBeNull();
	});

	it("T01: that both looked before either changed anything: one deploys, the other is refused and touches nothing", async () => {
		await ann.deploy(BUILD.first);
		const [both, meet] = [Promise.withResolvers<void>(), { waiting: 0 }];
		const untilBoth = () => {
			if (++meet.waiting === 2) both.resolve();
			return both.promise;
		};
		world.daemon.at("createVolume", untilBoth);
		world.daemon.at("createVolume", untilBoth);
		const before = world.daemon.changes.length;
		let refused: unknown;
		const first = Promise.withResolvers<unknown>();
		// Whoever pulls waits for the end of the other one.
		for (const host of [ann, ben])
			host.onStep("pull", async () => {
				refused = await first.promise;
			});
		const deploys = [ann.deploy(BUILD.second), ben.deploy(BUILD.third)];
		for (const one of deploys) one.catch((error: unknown) => first.resolve(error));
		const ended = await Promise.allSettled(deploys);
		expect(meet.waiting).toBe(2);
		expect(refused).toMatchObject({ code: "lease_held", exit: "busy" });
		expect(ended.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
		const winner = [BUILD.second, BUILD.third][ended.findIndex(({ status }) => status === "fulfilled")];
		expect(names()).toEqual(["g2"]);
		expect(world.daemon.running()).toEqual(["cres-shop-cpu-1-g2"]);
		expect((await ben.status()).running).toMatchObject({ buildId: winner });
		const removed = world.daemon.changes.slice(before).filter((line) => line.startsWith("remove"));
		expect(removed.filter((line) => line.includes("-g2"))).toEqual([]);
	});

	it("plan again when the other one was faster", async () => {
		await ann.deploy(BUILD.first);
		world.daemon.at("createVolume", () => ben.deploy(BUILD.second));
		expect(await errorOf(ann.deploy(BUILD.third))).toMatchObject({ code: "changed_meanwhile", exit: "busy" });
		expect(names()).toEqual(["g2"]);
	});
});

describe("a rollout that lost its lease", () => {
	it("does no further step, and leaves what the other one made alone", async () => {
		await ann.deploy(BUILD.first);
		ann.onStep("pull", () => overtake(BUILD.second));
		const error = await errorOf(ann.deploy(BUILD.third));
		expect(error).toMatchObject({ code: "lease_lost", exit: "busy", hint: "cres status, then run the command again" });
		expect(names()).toEqual(["g2"]);
		expect(await ben.status()).toMatchObject({ verdict: "ok", running: { buildId: BUILD.second } });
	});

	it("makes no container beside one of a later holder", async () => {
		await ann.deploy(BUILD.first);
		ann.onStep("start a container", () => overtake(BUILD.second));
		const error = await errorOf(ann.deploy(BUILD.third));
		expect(error).toMatchObject({ code: "lease_lost", hint: "cres status, then run the command again" });
		expect((error as Error).message).toBe("a later rollout has made cres-shop-cpu-1-g2 on cpu-1");
		expect(names()).toEqual(["g2"]);
	});

	it("removes the one that it has made when a later holder's is there", async () => {
		await ann.deploy(BUILD.first);
		ann.onStep("start a container", async () => {
			await overtake(BUILD.second);
			await ben.deploy(BUILD.first);
		});
		const error = await errorOf(ann.deploy(BUILD.third));
		expect(error).toMatchObject({
			code: "lease_lost",
			message: "a later rollout has made cres-shop-cpu-1-g3 on cpu-1",
		});
		expect(world.daemon.changes.slice(-2)).toEqual(["create cres-shop-cpu-1-g2", "remove cres-shop-cpu-1-g2"]);
		expect(names()).toEqual(["g3"]);
	});

	it("does not go back when a step fails: what runs is the other one's affair", async () => {
		await ann.deploy(BUILD.first);
		world.daemon.at("create", () => overtake(BUILD.second));
		expect(await errorOf(ann.deploy(BUILD.third))).toMatchObject({ code: "lease_lost", exit: "busy" });
		expect(world.daemon.running()).toEqual(["cres-shop-cpu-1-g2"]);
		expect(await ben.status()).toMatchObject({ verdict: "ok", running: { buildId: BUILD.second } });
	});

	it("and did not get its container made leaves the other one's alone", async () => {
		world.daemon.at("create", () => overtake(BUILD.second));
		expect(await errorOf(ann.deploy(BUILD.third))).toMatchObject({ code: "lease_lost" });
		expect(world.daemon.running()).toEqual(["cres-shop-cpu-1-g1"]);
	});
});

it("going back removes only what this rollout made", async () => {
	await ann.deploy(BUILD.first);
	const { spec } = world.daemon.containers[0]!;
	world.daemon.at("create", () => {
		world.daemon.create({ ...spec, name: "by-hand", labels: { ...spec.labels, "cres.rollout": "another" } });
	});
	world.daemon.behaviours.set(BUILD.second, { polls: false });
	expect((await ann.deploy(BUILD.second)).outcome).toBe("rolled-back");
	expect(names()).toEqual(["g1", "by-hand"]);
});
