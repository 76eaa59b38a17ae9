import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LABEL } from "../../../src/contracts/labels.ts";
import {
	BUILD,
	NAME,
	PULL_ADDRESS,
	REPOSITORY,
	SECRET,
	makeDockerWorld,
	type ControlHost,
	type DockerWorld,
} from "../../support/docker-world.ts";
import { digestOfBuild } from "../../support/fake-registry.ts";

let world: DockerWorld;
let host: ControlHost;
const begin = async (...of: Parameters<typeof makeDockerWorld>) => {
	await world?.close();
	world = await makeDockerWorld(...of);
	host = await world.controlHost();
};
beforeEach(() => begin());
afterEach(() => world.close());

const named = (generation: number) => world.daemon.named(`cres-shop-cpu-1-g${generation}`)!;
/** What happens to the daemon's containers and images meanwhile. */
const changesOf = async (work: Promise<unknown>): Promise<string[]> => {
	const before = world.daemon.changes.length;
	await work;
	return world.daemon.changes.slice(before).map((line) => line.replace("cres-shop-cpu-1-", ""));
};

describe("a first deploy", () => {
	it("runs the image by its digest, with what says who made it and for whom", async () => {
		const { outcome, previous, generation } = await host.deploy(BUILD.first);
		expect({ outcome, previous, generation }).toEqual({ outcome: "live", previous: null, generation: 1 });
		const [release] = await host.releases();
		const { spec } = named(1);
		expect(spec.image).toBe(`${PULL_ADDRESS}/${REPOSITORY}@${digestOfBuild(BUILD.first)}`);
		expect(spec.labels).toEqual({
			[LABEL.project]: "shop",
			[LABEL.instance]: NAME,
			[LABEL.buildId]: BUILD.first,
			[LABEL.digest]: digestOfBuild(BUILD.first),
			[LABEL.runSpec]: release!.specHash,
			[LABEL.generation]: "1",
			[LABEL.rollout]: release!.id,
			[LABEL.fence]: String(release!.fence),
		});
		expect(release!.fence).toBeGreaterThan(0);
	});

	it("gives the container its settings, and secrets in the environment only", async () => {
		await begin({ instance: { memory_mb: 512, env: { THREADS: "2" } } });
		await host.deploy(BUILD.first);
		const { spec, env } = named(1);
		expect(spec).toMatchObject({ memoryMb: 512, gpu: false });
		expect(env).toMatchObject({
			THREADS: "2",
			WORKER_MODE: "cpu",
			MINIO_SECRET_KEY: SECRET,
			MINIO_ACCESS_KEY: "access",
		});
		expect(JSON.stringify(spec.labels)).not.toContain(SECRET);
	});

	it("hands over the GPU where the role needs it", async () => {
		await begin({ roles: ["gpu"] });
		world.daemon.gpu = true;
		await host.deploy(BUILD.first);
		expect(named(1).spec.gpu).toBe(true);
	});

	it("tells what it saw: this very container's polls, and its health", async () => {
		const { pollers, seen } = await host.deploy(BUILD.first);
		const identity = `cpu@cpu-1/${BUILD.first}-${named(1).id.slice(0, 8)}`;
		expect(pollers.map((row) => [row.queue, row.type, row.identity])).toEqual([
			["jobs@cpu", "workflow", identity],
			["jobs@cpu", "activity", identity],
		]);
		expect(seen).toEqual(["health: api ok, temporal ok, minio ok, llama down, whisper down"]);
		expect(host.notes).toContain("2 of 2 poll");
		expect(await host.plan()).toContain(identity);
	});

	it("pulls from the address of pushing where no other is set", async () => {
		await begin({ rest: { registry: { push: { address: "registry.test:5000" } } } });
		await host.deploy(BUILD.first);
		expect(named(1).spec.image).toMatch(/^registry\.test:5000\/owner\/worker@sha256:/);
	});

	it("says what it would do, and does nothing", async () => {
		const changes = await changesOf(host.deploy(BUILD.first, { dryRun: true }));
		expect(changes).toEqual([]);
		expect([world.daemon.containers, [...world.daemon.volumes], await host.releases()]).toEqual([[], [], []]);
	});
});

describe("the next deploy", () => {
	const second = async () => {
		await host.deploy(BUILD.first);
		return changesOf(host.deploy(BUILD.second));
	};

	it("starts the new container first where queues must stay polled", async () => {
		expect(await second()).toEqual([
			`pull ${BUILD.second}`,
			...["create g2", "start g2", "stop g1 within 5000", "remove g1"],
		]);
		expect(world.daemon.running()).toEqual(["cres-shop-cpu-1-g2"]);
	});

	it("stops the old container first where one can hold the device only", async () => {
		await begin({ roles: ["gpu"] });
		world.daemon.gpu = true;
		expect(await second()).toEqual([
			`pull ${BUILD.second}`,
			...["stop g1 within 5000", "create g2", "start g2", "remove g1"],
		]);
	});

	it("names what ran before, and the command that undoes it", async () => {
		await host.deploy(BUILD.first);
		const { previous, undo } = await host.deploy(BUILD.second);
		const [first] = await host.releases();
		expect(previous).toEqual({ digest: digestOfBuild(BUILD.first), buildId: BUILD.first });
		expect(undo).toBe(`cres rollback cpu-1 --to ${first!.id}`);
	});

	it("of the same release leaves everything as it is", async () => {
		await host.deploy(BUILD.first);
		const volumes = [...world.daemon.volumes];
		const work = host.deploy(BUILD.first);
		expect(await changesOf(work)).toEqual([]);
		expect((await work).outcome).toBe("unchanged");
		expect([...world.daemon.volumes]).toEqual(volumes);
	});

	it("of the same release replaces a container that does not poll any more", async () => {
		await host.deploy(BUILD.first);
		named(1).behaviour = { polls: false };
		expect((await host.deploy(BUILD.first)).outcome).toBe("live");
		expect(world.daemon.running()).toEqual(["cres-shop-cpu-1-g2"]);
	});

	it("of the same release replaces one whose polls are another container's", async () => {
		await host.deploy(BUILD.first);
		named(1).behaviour = { polls: false };
		const identity = `cpu@cpu-1/${BUILD.first}-00000000`;
		world.temporal.others = [{ identity, buildId: BUILD.first, lastSeenMs: world.clock.now() }];
		expect((await host.deploy(BUILD.first)).outcome).toBe("live");
	});

	it("takes away a stopped container that was left over", async () => {
		await host.deploy(BUILD.first);
		named(1).stopped = true;
		expect(await changesOf(host.deploy(BUILD.second))).toContain("remove g1");
		expect(world.daemon.containers).toHaveLength(1);
	});

	it("counts lives on from the records when all containers are gone", async () => {
		await host.deploy(BUILD.first);
		await host.deploy(BUILD.second);
		world.daemon.containers = [];
		expect((await host.deploy(BUILD.second)).generation).toBe(3);
	});

	it("counts lives on from the containers when the records are gone", async () => {
		await host.deploy(BUILD.first);
		host = await world.controlHost();
		expect((await host.deploy(BUILD.second)).generation).toBe(2);
	});

	it("leaves containers of other instances and projects alone", async () => {
		await host.deploy(BUILD.first);
		const { spec } = named(1);
		for (const change of [{ [LABEL.project]: "else" }, { [LABEL.instance]: "cpu-2" }])
			world.daemon.create({ ...spec, name: "other", labels: { ...spec.labels, ...change } });
		await host.deploy(BUILD.second);
		expect(world.daemon.containers.map((one) => one.spec.name)).toEqual(["other", "other", "cres-shop-cpu-1-g2"]);
	});
});

describe("images that are left over", () => {
	const images = () => [...world.daemon.images.values()].map(({ id }) => id);

	it("go, but for the newest that are to be kept", async () => {
		for (const build of [BUILD.first, BUILD.second]) await host.deploy(build);
		expect(images()).toEqual([BUILD.first, BUILD.second]);
		expect(await changesOf(host.deploy(BUILD.third))).toContain(`remove image ${BUILD.first}`);
		expect(images()).toEqual([BUILD.second, BUILD.third]);
	});

	it("stay when they are of another repository, or not of ours", async () => {
		const labels = { [LABEL.buildId]: "x" };
		world.daemon.images.set("other@sha256:1", {
			id: "other",
			references: ["other@sha256:1"],
			createdAt: 0,
			bytes: 0,
			labels,
		});
		for (const build of Object.values(BUILD)) await host.deploy(build);
		expect(images()).toEqual(["other", BUILD.third, BUILD.fourth]);
	});

	it("are left to the next deploy when the daemon does not remove them", async () => {
		for (const build of [BUILD.first, BUILD.second]) await host.deploy(build);
		world.daemon.at("removeImage", () => Promise.reject(new Error("busy")));
		expect((await host.deploy(BUILD.third)).outcome).toBe("live");
		expect(host.notes).toContain("prune: busy; the next deploy tries again");
		world.daemon.images.delete(`${PULL_ADDRESS}/${REPOSITORY}@${digestOfBuild(BUILD.second)}`);
		expect(await changesOf(host.deploy(BUILD.fourth))).toContain(`remove image ${BUILD.first}`);
	});
});

describe("the watch", () => {
	const WATCH = "watch the new container";

	it("is counted from the start of the container", async () => {
		await host.deploy(BUILD.first);
		let drains = 0;
		host.onStep(WATCH, () => world.clock.advance(500)); // the polls took as long
		host.onStep("drain and stop", () => (drains = world.clock.now()));
		expect((await host.deploy(BUILD.second)).outcome).toBe("live");
		expect(drains - named(2).startedAt!).toBe(2_000);
	});

	it("looks once more where the polls took longer than it", async () => {
		await host.deploy(BUILD.first);
		world.daemon.behaviours.set(BUILD.second, { endsAfterMs: 4_000, exitCode: 1 });
		host.onStep(WATCH, () => world.clock.advance(5_000));
		expect((await host.deploy(BUILD.second)).outcome).toBe("rolled-back");
		expect(named(1).stopped).toBe(false);
	});
});
