import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import type { Instance } from "../../src/instances/instance.ts";
import { deploy } from "../../src/rollout/deploy.ts";
import { openJournal } from "../../src/state/journal.ts";
import { makeFakeWorld, type FakeWorld } from "../support/fake-world.ts";
import { atIndex, block, faultOf, makeBench, planFile, recordsOf, type Bench } from "../support/rollouts/bench.ts";

const NAME = "api";
let world: FakeWorld;
let bench: Bench;
const benches: Bench[] = [];

/** A control host with an instance of these roles. */
async function begin(roles: readonly string[]): Promise<void> {
	world = await makeFakeWorld([NAME], roles);
	bench = await makeBench(async () => world);
	benches.push(bench);
}
beforeEach(() => begin(["cpu"]));
afterEach(() => Promise.all(benches.splice(0).map((one) => one.close())));

const first = () => bench.host.deploy(NAME, bench.builds.first);

/** Deploys to the instance with some of it changed. */
function deployTo(change: (instance: Instance) => Partial<Instance>, replace = false) {
	const ports = bench.host.ports(NAME);
	const instance = { ...ports.instance, ...change(ports.instance) };
	const options = { dryRun: false, purpose: "deploy" as const, replace };
	return deploy({ ...ports, instance }, { reference: `b-${bench.builds.second}` }, options);
}

describe("what an instance says of itself", () => {
	it("refuses what does not fit, and changes nothing", async () => {
		world.machine(NAME).freeBytes = 1;
		expect(await faultOf(first())).toMatchObject({ code: "disk_full", message: "the disk of api is too small" });
		expect(bench.host.watched.calls).toEqual(["observe", "plan", "preflight"]);
		expect((await recordsOf(bench.host, NAME)).releases).toEqual([]);
	});

	it("is not asked for room when what is wanted runs already", async () => {
		await first();
		world.machine(NAME).freeBytes = 1;
		expect((await first()).outcome).toBe("unchanged");
	});

	it("decides whether the container gets a GPU", async () => {
		await begin(["gpu"]);
		world.images[0]!.flavour = "cuda";
		world.machine(NAME).gpu = true;
		await first();
		expect((await bench.host.releases(NAME))[0]!.spec).toMatchObject({
			gpu: true,
			roles: ["gpu"],
			env: { WORKER_MODE: "gpu" },
		});
		world.machine(NAME).gpu = false;
		expect((await bench.host.status(NAME))[0]).toMatchObject({ verdict: "drift", drift: ["gpu"] });
	});

	it("that it cannot be reached keeps the rollout from being begun, and is one error", async () => {
		world.machine(NAME).unreachable = new UserError("docker_failed", "nobody answers");
		expect(await faultOf(first())).toMatchObject({ code: "docker_failed", message: "nobody answers" });
		expect((await bench.host.status(NAME))[0]).toMatchObject({ verdict: "unreachable", detail: "nobody answers" });
	});

	it("that it cannot be reached is said at once, though nobody has dialled", async () => {
		const observe = () => Promise.reject(new UserError("docker_failed", "nobody answers"));
		expect(await faultOf(deployTo(() => ({ roll: { observe } })))).toMatchObject({ code: "docker_failed" });
	});

	it("on the way is told to people", async () => {
		await deployTo(({ roll }) => ({
			roll: {
				observe(look) {
					look.note("there is no way back");
					return roll.observe(look);
				},
			},
		}));
		expect(bench.host.notes).toContain("there is no way back");
	});

	it("is on the status screen: restarts and generation", async () => {
		await first();
		world.machine(NAME).containers[0]!.restarts = 2;
		expect((await bench.host.status(NAME))[0]).toMatchObject({ verdict: "ok", restarts: 2, generation: 1 });
	});

	it("does not count the polls of another container", async () => {
		await begin(["cpu", "gpu"]);
		world.images[0]!.flavour = "cuda";
		await first();
		const [container] = world.machine(NAME).containers;
		container!.spec = { ...container!.spec, roles: ["cpu"] };
		const [row] = await bench.host.status(NAME);
		expect(row!.verdict).toBe("not-polling");
		expect(row!.pollers.map(({ role, type, verdict }) => `${role} ${type} ${verdict}`)).toEqual([
			...["cpu workflow LIVE", "cpu activity LIVE", "gpu activity GONE"],
		]);
	});
});

describe("a driver's plan", () => {
	/** Deploys by those steps of the driver's plan alone. */
	const deployBy = (phases: readonly string[]) =>
		deployTo(({ roll }) => ({
			roll: {
				async observe(look) {
					const observation = await roll.observe(look);
					const weigh: typeof observation.weigh = (...of) => {
						const outlook = observation.weigh(...of);
						return { ...outlook, plan: outlook.plan.filter(({ phase }) => phases.includes(phase)) };
					};
					return { ...observation, weigh };
				},
			},
		}));
	const performed = () => bench.host.watched.performed.map(({ kind }) => kind);

	it("may do without a cleanup", async () => {
		expect(await deployBy(["prepare", "swap", "prove"])).toMatchObject({ outcome: "live", seen: ["health: ok"] });
		expect(performed()).toEqual(["pull", "start", "await-pollers", "watch"]);
	});

	it("may be nothing but a cleanup, which is done once", async () => {
		expect(await deployBy(["cleanup"])).toMatchObject({ outcome: "live", pollers: [] });
		expect(performed()).toEqual(["prune"]);
	});
});

describe("an image without engines for a GPU", () => {
	it("is refused for the role gpu, with the way to the right one", async () => {
		await begin(["gpu"]);
		expect(await faultOf(first())).toMatchObject({
			code: "wrong_flavour",
			message: "api has the role gpu, but 111111111111 has the engines of cpu only",
			hint: "set instances.api.flavour: cuda in cres.yaml, then cres build all --push --flavour cuda",
		});
		const { api } = world.settings.instances;
		await bench.host.configure({ settings: { instances: { api: { ...api, flavour: "cuda" } } } });
		expect((await faultOf(first())).hint).toBe("cres build all --push --flavour cuda, then cres deploy api");
	});

	it.each([
		["1", "live"],
		["yes", "live"],
		["off", "wrong_flavour"],
	])("is taken where GPU_PRETEND is on: %s", async (value, expected) => {
		await begin(["gpu"]);
		await bench.host.configure({ settings: { env: { GPU_PRETEND: value } } });
		const ended = await first().then(
			({ outcome }) => outcome,
			(error: UserError) => error.code,
		);
		expect(ended).toBe(expected);
	});

	it("is taken for the role cpu, as is one of before there were flavours for the role gpu", async () => {
		expect((await first()).outcome).toBe("live");
		await begin(["gpu"]);
		world.images[0] = { buildId: bench.builds.first };
		expect((await first()).outcome).toBe("live");
	});
});

describe("a rollout that lacks nothing but its journal's end", () => {
	it("is ended by the same command, and is undone by the release before", async () => {
		const { host, builds } = bench;
		await first();
		await host.deploy(NAME, builds.second);
		const journal = openJournal(host.config.state, NAME, "20990101T000000.000-1", world.clock);
		await journal.write({ event: "begin", purpose: "deploy", token: 1, owner: "a@b" });
		world.clock.advance(100 * 365 * 24 * 3_600_000); // ids of rollouts sort by time
		const rollout = await host.deploy(NAME, builds.second);
		const [before] = await host.releases(NAME);
		expect(rollout).toMatchObject({ outcome: "live", plan: [], previous: { buildId: builds.first } });
		expect(rollout.undo).toBe(`cres rollback api --to ${before!.id}`);
		expect((await host.status(NAME))[0]).toMatchObject({ verdict: "ok", interrupted: null });
	});
});

describe("a contract that is replaced", () => {
	it("is brought there by its own way, and journalled as such", async () => {
		await first();
		const roll = { observe: () => Promise.reject(new Error("it is not rolled")) };
		let purpose: string | undefined;
		const before = async () => void (purpose = (await bench.other.open(NAME).lease.holder())?.purpose);
		bench.host.watched.interventions = [{ at: atIndex(0), before }];
		const rollout = await deployTo((instance) => ({ roll, replace: instance.roll }), true);
		expect(purpose).toBe("replace");
		expect(rollout).toMatchObject({ outcome: "live", purpose: "deploy" });
		expect((await bench.host.journal(NAME))[0]).toMatchObject({ event: "begin", purpose: "replace" });
	});

	it("that was rented by a rollout that was killed is named, with the command that ends it", async () => {
		const { config, notes } = bench.host;
		const journal = openJournal(config.state, NAME, "20260101T000000.000-1", world.clock);
		await journal.write({ event: "begin", purpose: "replace", token: 1, owner: "a@b" });
		await journal.write({ event: "step", kind: "rent", title: "rent another", phase: "prepare" });
		expect((await bench.host.status(NAME))[0]!.fix).toBe("cres deploy api --replace");
		const replaced = (instance: Instance) => ({ replace: instance.roll });
		const killed = 'rollout 20260101T000000.000-1 was interrupted at "step rent"';
		await deployTo(replaced).catch(() => {});
		expect(notes).toContain(`${killed}; what it rented is destroyed by cres deploy api --replace`);
	});

	const left = new UserError("docker_failed", "contract 7 is still there");
	const deployLeaving = () =>
		deployTo(({ roll }) => ({
			roll: {
				async observe(look) {
					const observation = await roll.observe(look);
					const begun: typeof observation.begin = (...of) => ({ ...observation.begin(...of), leftOver: () => left });
					return { ...observation, begin: begun };
				},
			},
		}));

	it("is reported when something is left of it, although the release is live and recorded", async () => {
		await expect(deployLeaving()).rejects.toBe(left);
		expect(bench.host.notes.filter((note) => note.includes("PLAN.md"))).toEqual([]);
		expect(await recordsOf(bench.host, NAME)).toMatchObject({ releases: [`${bench.builds.second} live`], end: "live" });
	});

	it("does not hide that the release could not be recorded", async () => {
		await block(planFile(bench.host));
		await expect(deployLeaving()).rejects.toBe(left);
		const told = bench.host.notes.filter((note) => note.includes("PLAN.md could not be written"));
		expect(told).toHaveLength(1);
		expect(told[0]).toContain(`Deploy api to ${bench.builds.second}`);
	});
});
