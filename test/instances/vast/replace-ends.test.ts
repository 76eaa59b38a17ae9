import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors/errors.ts";
import type { RolloutPorts } from "../../../src/rollout/ports.ts";
import { recordedEndpoint } from "../../../src/state/endpoints.ts";
import { readReleases } from "../../../src/state/releases.ts";
import {
	BUILD,
	NAME,
	PLACE,
	assertNoSession,
	killedAt,
	makeContractWorld,
	type ContractWorld,
	type PortOptions,
} from "../../support/contract-world.ts";
import { refusal } from "../../support/refusal.ts";

let world: ContractWorld;

beforeEach(async () => {
	world = await makeContractWorld();
	await world.runs(BUILD.first);
});
afterEach(() => world.close());

const file = (...path: string[]) => readFile(join(world.root, ...path), "utf8");
const rewrite = async (from: string, to: string) =>
	writeFile(join(world.root, "cres.yaml"), (await file("cres.yaml")).replace(from, to));
const replace = (options: PortOptions = {}) => world.deploy(BUILD.second, { ...options, replace: true });
const named = async () => ((await world.config()).instances[NAME] as { id: number }).id;
const contracts = () => world.sim.contracts().map(({ id, label }) => [id, label]);
const workers = () => world.sim.pollers().map(({ buildId }) => buildId);
const asked = (route: string) => world.sim.requests.filter((one) => one.route === route).length;
/** The old contract serves as before, and nothing else is billed. */
const expectAsBefore = async () => {
	expect(contracts()).toEqual([[world.id, PLACE]]);
	expect(await named()).toBe(world.id);
	expect(workers()).toEqual([BUILD.first]);
};
/** The new contract alone, under the instance's label, serves and is on record. */
const expectReplaced = async () => {
	const id = await named();
	expect(id).not.toBe(world.id);
	expect(contracts()).toEqual([[id, PLACE]]);
	expect(workers()).toEqual([BUILD.second]);
	expect(await recordedEndpoint(world.state, NAME)).toMatchObject({ contract: id, verifiedBy: "log" });
};
const after = (step: string, work: () => Promise<unknown> | void): PortOptions => ({
	progress: {
		async step(title, perform) {
			const value = await perform(() => {});
			if (title.startsWith(step)) await work();
			return value;
		},
		note: (text) => void world.notes.push(text),
	} satisfies RolloutPorts["progress"],
});

describe("another contract", () => {
	afterEach(() => assertNoSession(world));

	it("is rented, verified, named in cres.yaml, and the old one drained and destroyed", async () => {
		world.sim.offers.add({ dph: 0.9 });
		world.sim.offers.add({ dph: 0.3, gpuName: "RTX 5090" });
		const rolled = await replace();
		expect(rolled).toMatchObject({ outcome: "live", generation: 2, previous: { buildId: BUILD.first } });
		await expectReplaced();
		const id = await named();
		expect(rolled.seen).toEqual([
			`contract ${id} rented: 1 × RTX 5090, 0.300 USD/h`,
			expect.stringMatching(/^generation 2 at /),
			expect.stringMatching(/^health: /),
			`cres.yaml names contract ${id} instead of ${world.id}`,
			`contract ${world.id} destroyed`,
		]);
		expect(rolled.steps.map(({ kind }) => kind)).toEqual([
			...["rent", "await-container", "connect", "await-pollers", "watch", "drain", "take-over", "retire"],
		]);
		expect(world.sim.contract(id)).toMatchObject({ diskGb: 40, attachedKeys: [{}] });
		expect((await readReleases(world.state, NAME)).at(-1)).toMatchObject({ outcome: "live", generation: 2 });
	});

	it("replaces one that is gone, with the port of its ssh", async () => {
		await world.account.api.destroy(world.id);
		world.sim.offers.add();
		expect(await replace()).toMatchObject({ outcome: "live", previous: null });
		await expectReplaced();
		expect(world.sim.contract(await named())!.configured.env).toMatchObject({ "-p 22:22": "1" });
	});

	it("goes again when its disk is smaller than asked for; the next offer is tried", async () => {
		for (let more = 0; more < 2; more++) world.sim.offers.add({ dph: 0.4 + more / 10 });
		world.sim.faults.set("small-disk", { id: 36_700_002 });
		const rolled = await replace();
		expect(rolled.outcome).toBe("live");
		await expectReplaced();
		expect(rolled.seen).toContain("contract 36700002 has a disk of 20 GB, not 40 GB: destroyed");
		expect(world.notes).toContain(
			"contract 36700002 has a disk of 20 GB, not 40 GB: it is destroyed, and the next offer is tried",
		);
		expect(asked("create")).toBe(2);
	});

	it("is rented from the next offer when somebody took the first one", async () => {
		world.sim.offers.add({ dph: 0.1 });
		world.sim.offers.add({ dph: 0.2 });
		world.sim.faults.set("offer-gone");
		const rolled = await replace();
		expect(rolled.seen[0]).toContain("0.200 USD/h");
		expect(world.notes.find((text) => text.endsWith("is no longer there: the next one"))).toMatch(/^offer \d+ /);
		await expectReplaced();
	});

	it("is not rented when every offer is gone", async () => {
		world.sim.offers.add();
		world.sim.faults.set("offer-gone", { times: null });
		expect(await refusal(replace())).toEqual({
			code: "no_capacity",
			message: `nothing to rent for ${NAME} (any GPU, 40 GB of disk): the 1 offers tried were gone or too small`,
			hint: `try later, or ask for less in instances.${NAME} of cres.yaml: gpu_name, disk_gb, max_dph`,
		});
		await expectAsBefore();
	});

	it("is not rented without an offer, nor with too small a disk: both are told together", async () => {
		await rewrite("key: id", "key: id\n    disk_gb: 8\n    gpu_name: RTX 5090\n    max_dph: 0.5");
		const registry = await world.ports(NAME).registry();
		const manifest: typeof registry.manifest = async (...of) => {
			const found = await registry.manifest(...of);
			return found && { ...found, bytes: Buffer.from(found.bytes.toString().replace("300000000", "3000000000")) };
		};
		const ports = {
			...world.ports(NAME, { config: await world.config() }),
			registry: async () => ({ ...registry, manifest }),
		};
		const { message } = await refusal(world.deployWith(ports, BUILD.second, { replace: true }));
		expect(message).toContain("a contract with disk_gb: 8 is too small, the image needs about 9.3 GB");
		expect(message).toContain(
			`nothing to rent for ${NAME} (RTX 5090, 8 GB of disk, 0.5 USD/h at most): Vast offers none`,
		);
		expect(asked("create")).toBe(0);
		await expectAsBefore();
	});

	it.each([null, "cres/other/gpu-1"])("replaces none that has the label %s", async (label) => {
		world.contract.label = label;
		world.sim.offers.add();
		expect(await refusal(replace())).toMatchObject({ code: "not_ours" });
		expect(asked("create")).toBe(0);
	});

	it("replaces one that cannot be connected to", async () => {
		world.contract.publicIp = "127.0.0.9";
		world.sim.offers.add();
		expect(await replace()).toMatchObject({ outcome: "live", previous: { buildId: BUILD.first } });
		await expectReplaced();
		expect(world.notes.find((text) => text.includes("cannot be connected to"))).toMatch(`contract ${world.id} of`);
	});
});

describe("a change of contracts that fails", () => {
	afterEach(() => assertNoSession(world));
	beforeEach(() => void world.sim.offers.add());

	it("lets the new one go, with the old one untouched", async () => {
		world.sim.faults.set("crash-loop");
		const rolled = await replace();
		expect(rolled).toMatchObject({ outcome: "rolled-back", failure: { code: "container_died" } });
		expect(rolled.seen).toContain("contract 36700002 destroyed again");
		expect(rolled.pollers.map(({ buildId }) => buildId)).toEqual(Array(3).fill(BUILD.first));
		expect(rolled.logTail).toEqual(["the worker is BACKOFF"]);
		expect(world.notes.filter((text) => text.includes("left alone"))).toEqual([]);
		await expectAsBefore();
		expect(asked("recycle")).toBe(0);
	});

	it("says what to type where the new contract is the trouble", async () => {
		world.sim.faults.set("bad-tag");
		expect(await replace()).toMatchObject({
			failure: { code: "pull_failed", hint: `cres deploy ${NAME} --replace` },
		});
		await expectAsBefore();
	});

	it("starts the old worker again, when cres.yaml was changed meanwhile", async () => {
		const changed = after("drain", () => rewrite(String(world.id), "77"));
		expect(await replace(changed)).toMatchObject({
			...{ outcome: "rolled-back", pollers: Array(3).fill(expect.objectContaining({ buildId: BUILD.first })) },
			failure: {
				code: "changed_meanwhile",
				message: expect.stringContaining(`cres.yaml does not name contract ${world.id} for ${NAME} any more`),
			},
		});
		expect(await named()).toBe(77);
		await rewrite("77", String(world.id));
		await expectAsBefore();
	});

	it("gives cres.yaml and the endpoint back, stopped after they had named the new one", async () => {
		(await world.instance().connect()).close();
		const [text, before] = [await file("cres.yaml"), await recordedEndpoint(world.state, NAME)];
		const stop = new AbortController();
		const stopping = after("name the new", () => stop.abort(new UserError("interrupted", "Ctrl-C")));
		expect(await refusal(replace({ ...stopping, signal: stop.signal }))).toMatchObject({
			code: "interrupted",
			message: "interrupted: the release before runs again",
		});
		expect(await file("cres.yaml")).toBe(text);
		expect(await recordedEndpoint(world.state, NAME)).toEqual(before);
		await expectAsBefore();
	});

	it("names what may still be billed", async () => {
		world.sim.faults.set("crash-loop");
		world.sim.faults.set("unavailable", { route: "destroy", times: null });
		const { code, message, hint } = await refusal(replace());
		expect([code, hint]).toEqual(["revert_failed", `cres deploy ${NAME} --replace destroys it`]);
		expect(message).toContain("contract 36700002 may still be billed, it could not be destroyed: ");
		expect(workers()).toEqual([BUILD.first]);
	});

	it("leaves a contract alone that has another label by now", async () => {
		world.sim.faults.set("crash-loop");
		const taken = after("wait until the platform", () => {
			world.sim.contract(36_700_002)!.label = "cres/other/gpu-1";
		});
		expect((await replace(taken)).outcome).toBe("rolled-back");
		expect(contracts()).toEqual([
			[world.id, PLACE],
			[36_700_002, "cres/other/gpu-1"],
		]);
		expect(world.notes).toContain("contract 36700002 has the label cres/other/gpu-1 by now: it is left alone");
	});
});

describe("a change of contracts that was cut off", () => {
	beforeEach(() => void world.sim.offers.add());

	it("after the rent: what was rented is destroyed, and the old one stays until another is verified", async () => {
		await killedAt(world, "rent", BUILD.second, { replace: true });
		expect(contracts()[1]).toEqual([36_700_002, expect.stringMatching(`^${PLACE}/new-\\S+-4-${world.id}$`)]);
		world.sim.offers.add();
		const rolled = await replace();
		expect(rolled.plan[0]).toMatchObject({ kind: "reap", contracts: [36_700_002] });
		expect(rolled.seen).toContain("contract 36700002 destroyed, left by an interrupted rollout");
		await expectReplaced();
	});

	it("after cres.yaml was written: the new one is labelled under its lease, and nothing else is rented", async () => {
		await killedAt(world, "name the new", BUILD.second, { replace: true });
		expect(await named()).toBe(36_700_002);
		let label: string | null = null;
		const rolled = await replace(
			after("destroy contract", () => {
				label = world.sim.contract(36_700_002)!.label;
			}),
		);
		expect(rolled).toMatchObject({ outcome: "live", plan: [{ kind: "finish", old: world.id }, {}, {}, {}] });
		expect(rolled.seen).toContain(`contract ${world.id} destroyed, which contract 36700002 had replaced`);
		expect(label).toMatch(new RegExp(`^${PLACE}\\?owner=\\S+&purpose=replace`));
		expect(asked("create")).toBe(1);
		await expectReplaced();
	});

	it("is told by an ordinary deploy, which leaves it alone", async () => {
		await killedAt(world, "name the new", BUILD.second, { replace: true });
		expect(await refusal(world.deploy(BUILD.second))).toMatchObject({
			code: "not_ours",
			hint: `cres deploy ${NAME} --replace ends what was interrupted`,
		});
	});

	it("by an old contract that could not be destroyed, is live and ends with the next call", async () => {
		world.sim.faults.set("unavailable", { route: "destroy", times: null });
		expect(await refusal(replace())).toMatchObject({
			code: "unfinished",
			message: expect.stringMatching(/^gpu-1 runs on contract 36700002 now, but: contract \d+ may still be billed/),
			hint: `cres deploy ${NAME} --replace ends it`,
		});
		expect((await readReleases(world.state, NAME)).at(-1)).toMatchObject({ outcome: "live", buildId: BUILD.second });
		expect(await file("docs", "PLAN.md")).toContain("left undone: contract");
		world.sim.faults.clear();
		expect(await replace()).toMatchObject({ outcome: "live" });
		await expectReplaced();
	});
});
