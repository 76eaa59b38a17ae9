import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordedEndpoint } from "../../../src/state/endpoints.ts";
import { readReleases } from "../../../src/state/releases.ts";
import {
	BUILD,
	NAME,
	PLACE,
	killedAt,
	assertNoSession,
	makeContractWorld,
	type ContractWorld,
} from "../../support/contract-world.ts";
import { refusal } from "../../support/refusal.ts";

let world: ContractWorld;

beforeEach(async () => {
	world = await makeContractWorld();
	await world.runs(BUILD.first);
});
afterEach(async () => {
	await assertNoSession(world);
	await world.close();
});

const workers = () => world.sim.pollers().map(({ buildId }) => buildId);
const asked = (route: string) => world.sim.requests.filter((one) => one.route === route).length;
const entry = () => readFile(join(world.root, "docs", "PLAN.md"), "utf8");
/** Adds to cres.yaml. */
const configure = async (more: string) => {
	const path = join(world.root, "cres.yaml");
	await writeFile(path, `${await readFile(path, "utf8")}${more}`);
};

describe("a roll that goes live", () => {
	it("runs the build, recorded with what was before and what undoes it", async () => {
		const before = (await readReleases(world.state, NAME))[0]!;
		const rolled = await world.deploy(BUILD.second);
		expect(rolled).toMatchObject({
			...{ outcome: "live", buildId: BUILD.second, generation: 2, failure: null },
			...{ previous: { buildId: BUILD.first, digest: before.digest }, undo: `cres rollback ${NAME} --to ${before.id}` },
		});
		expect(rolled.seen).toEqual([
			expect.stringMatching(
				/^generation 2 at 127.0.0.1:\d+ \(direct\), host key SHA256:\S+, named by the instance's log$/,
			),
			expect.stringMatching(/^health: api ok/),
		]);
		expect(rolled.pollers.map(({ buildId }) => buildId)).toEqual(Array(3).fill(BUILD.second));
		expect(workers()).toEqual([BUILD.second]);
		expect(world.contract.configured.env).toMatchObject({ "-p 22:22": "1", MINIO_SECRET_KEY: "fleet-secret-key" });
		expect([asked("update-template"), asked("recycle")]).toEqual([1, 1]);
		expect(await world.deploy(BUILD.second)).toMatchObject({ outcome: "unchanged", plan: [] });
	});

	it("says one generation in result, facts, record and entry after it was killed and run again", async () => {
		await killedAt(world, "recycle", BUILD.second);
		const rolled = await world.deploy(BUILD.second);
		expect(rolled).toMatchObject({ outcome: "live", generation: 2 });
		expect(rolled.plan.map(({ kind }) => kind)).toEqual(["connect", "await-pollers", "watch"]);
		expect((await entry()).match(/generation \d+/g)).toEqual(["generation 2", "generation 2"]);
		expect((await recordedEndpoint(world.state, NAME))!.generation).toBe(2);
		expect((await readReleases(world.state, NAME)).at(-1)).toMatchObject({ outcome: "live", generation: 2 });
		expect(asked("recycle")).toBe(1);
	});

	it("recycles once more where the platform booted the image of before", async () => {
		world.sim.faults.set("stale-recycle");
		const rolled = await world.deploy(BUILD.second);
		expect(rolled).toMatchObject({ outcome: "live", generation: 3 });
		expect(rolled.seen[0]).toBe(`${BUILD.first} still ran: recycled once more`);
		expect(asked("recycle")).toBe(2);
	});

	it("does not repeat a recycle whose reply alone was lost", async () => {
		world.sim.faults.set("reply-lost-after", { route: "recycle" });
		expect(await world.deploy(BUILD.second)).toMatchObject({ outcome: "live" });
		expect(asked("recycle")).toBe(1);
	});

	it("tells beforehand that the build of before cannot be pulled any more", async () => {
		world.forget(BUILD.first);
		await world.deploy(BUILD.second);
		expect(world.notes).toContain(
			`no rollback is possible for ${NAME}: registry.test:5000/cres/worker:b-${BUILD.first}, its current image, is no longer in the registry`,
		);
	});
});

describe("a roll that goes back", () => {
	it("starts the old worker again when the platform did not take what was staged", async () => {
		const { api } = world.account;
		const account = { ...world.account, api: { ...api, stage: async () => {} } };
		expect(await world.deploy(BUILD.second, { account })).toMatchObject({
			outcome: "rolled-back",
			failure: { code: "stage_not_taken", message: expect.stringContaining(`b-${BUILD.first} staged, not `) },
		});
		expect(workers()).toEqual([BUILD.first]);
		expect(asked("recycle")).toBe(0);
	});

	it.each([
		["crash-loop", "container_died", 2],
		["wrong-build", "wrong_build", 3],
		["ssh-refused", "instance_unreachable", 2],
		["bad-tag", "pull_failed", 2],
	] as const)("stages and proves what ran before: %s", async (fault, code, recycles) => {
		const { configured } = world.contract;
		const before = { ...configured };
		world.sim.faults.set(fault, { times: code === "wrong_build" ? 2 : 1 });
		const rolled = await world.deploy(BUILD.second);
		expect(rolled).toMatchObject({ outcome: "rolled-back", failure: { code }, undo: null });
		expect(rolled.seen).toContain(`staged ${before.image} again`);
		expect(rolled.pollers.map(({ buildId }) => buildId)).toEqual(Array(3).fill(BUILD.first));
		expect(workers()).toEqual([BUILD.first]);
		expect(configured).toEqual(before);
		expect(asked("recycle")).toBe(recycles);
		expect((await readReleases(world.state, NAME)).at(-1)).toMatchObject({ outcome: "rolled-back" });
	});

	it("shows the last lines of the worker that could not live", async () => {
		world.sim.faults.set("crash-loop");
		expect((await world.deploy(BUILD.second)).logTail).toEqual(["the worker is BACKOFF"]);
	});

	it("leaves a contract alone that was taken away meanwhile", async () => {
		world.sim.faults.set("outbid");
		expect(await refusal(world.deploy(BUILD.second))).toMatchObject({
			code: "revert_failed",
			message: expect.stringMatching(/contract \d+ of gpu-1 is stopped .* could not be brought back/),
			hint: `cres start ${NAME}, then cres deploy ${NAME}`,
		});
		expect(asked("recycle")).toBe(1);
	});

	it("restarts by its record what an interrupted roll has replaced", async () => {
		await killedAt(world, "stage", BUILD.second);
		world.sim.faults.set("crash-loop");
		expect(await world.deploy(BUILD.second)).toMatchObject({ outcome: "rolled-back" });
		expect(workers()).toEqual([BUILD.first]);
		expect(world.contract.configured.onstart).toMatch(/^# cres on-start of rollout \S+-back$/m);
	});

	it("recycles what an interrupted roll had recycled already", async () => {
		await world.close();
		world = await makeContractWorld({ deployTimeout: "200ms" });
		await world.runs(BUILD.first);
		await killedAt(world, "watch", BUILD.second);
		await world.inside("supervisorctl", "stop", "workers:*");
		const rolled = await world.deploy(BUILD.second);
		expect(rolled).toMatchObject({ outcome: "rolled-back", previous: { buildId: BUILD.first } });
		expect(rolled.pollers.map(({ buildId }) => buildId)).toEqual(Array(3).fill(BUILD.first));
		expect(workers()).toEqual([BUILD.first]);
	});

	it("has nothing to go back to where no release of ours is on record", async () => {
		await world.close();
		world = await makeContractWorld({ deployTimeout: "200ms" });
		await killedAt(world, "recycle", BUILD.first);
		await world.inside("supervisorctl", "stop", "workers:*");
		expect(await refusal(world.deploy(BUILD.first))).toMatchObject({
			code: "revert_failed",
			message: expect.stringContaining(`no release of ${NAME} is on record to go back to`),
		});
	});
});

describe("a roll that does not begin", () => {
	const changes = () => world.sim.requests.filter(({ method }) => method !== "GET").map(({ route }) => route);
	const refused = async (given: Parameters<ContractWorld["deploy"]>[1] = {}) => {
		const error = await refusal(world.deploy(BUILD.second, given));
		expect(changes().filter((endpoint) => endpoint !== "request-logs")).toEqual([]);
		expect(workers()).toHaveLength(1);
		return error;
	};

	it("for an environment that Vast does not take", async () => {
		await configure(`env:\n  BIG: "${"x".repeat(33_000)}"\n`);
		const { code, message, hint } = await refused();
		expect([code, hint]).toEqual(["env_too_large", "leave some of env in cres.yaml out"]);
		expect(message).toMatch(/^the environment has 33\d\d\d bytes, Vast takes 32768$/);
		expect(await refusal(world.deploy(BUILD.second, { replace: true }))).toMatchObject({
			message: expect.stringMatching(/nothing to rent for gpu-1[^]*the environment has 33\d\d\d bytes/),
		});
	});

	it("for more names than an on-start takes", async () => {
		const names = Array.from({ length: 100 }, (_, at) => `  A_RATHER_LONG_NAME_OF_A_SETTING_${at}: "1"\n`);
		await configure(`env:\n${names.join("")}`);
		expect(await refused()).toMatchObject({
			code: "on_start_too_long",
			message: expect.stringMatching(/^the on-start script has \d{4} bytes, Vast takes 4048$/),
		});
	});

	it("for a contract without GPU and with a small disk, told together", async () => {
		Object.assign(world.contract, { gpus: 0, diskGb: 1 });
		const { message } = await refused();
		expect(message).toContain(`${NAME} has the role gpu, but contract ${world.id} has no GPU`);
		expect(message).toContain(`contract ${world.id} of ${NAME} has a disk of 1 GB, the image needs about 1.2 GB`);
	});

	it("for a tag that names another image where Vast's hosts pull", async () => {
		const registry = await world.account.registry();
		const account = {
			...world.account,
			registry: async () => ({
				...registry,
				manifest: async () => registry.manifest("cres/worker", `b-${BUILD.third}`),
			}),
		};
		expect(await refused({ account })).toMatchObject({
			code: "tag_moved",
			message: expect.stringMatching(
				/:b-2{12} names sha256:\S+, not sha256:\S+: Vast's host would pull something else$/,
			),
		});
		const none = { ...world.account, registry: async () => ({ ...registry, manifest: async () => undefined }) };
		expect((await refused({ account: none })).message).toContain("names nothing, not sha256:");
	});

	it.each([
		[{ actual: "loading" }, "not_running"],
		[{ actual: "stopped", intended: "stopped" }, "contract_stopped"],
		[{ actual: "offline" }, "host_silent"],
		[{ label: "cres/fleet/gpu-2" }, "not_ours"],
	] as const)("while it is %j", async (state, code) => {
		await world.close();
		world = await makeContractWorld();
		Object.assign(world.contract, { statusMessage: null, ...state });
		expect(await refusal(world.deploy(BUILD.second))).toMatchObject({ code });
		expect(changes()).toEqual([]);
		world.contract.label = PLACE;
	});

	it("when somebody else changed the contract since it was read", async () => {
		const { lease } = world.instance();
		const ports = world.ports(NAME);
		const take: typeof lease.take = async (claim) => {
			world.contract.configured.image += "-2";
			return lease.take(claim);
		};
		const instance = { ...ports.instance, lease: { ...lease, take } };
		expect(await refusal(world.deployWith({ ...ports, instance }, BUILD.second))).toMatchObject({
			code: "changed_meanwhile",
		});
		expect(workers()).toEqual([BUILD.first]);
		expect([asked("update-template"), asked("recycle")]).toEqual([0, 0]);
	});
});
