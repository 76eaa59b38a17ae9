import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimOf, type Claim } from "../../../src/state/claim.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { BUILD, NAME, PLACE, makeContractWorld, type ContractWorld } from "../../support/contract-world.ts";
import { refusal } from "../../support/refusal.ts";

const TEN_MINUTES = 600_000;

let world: ContractWorld;
let lease: ReturnType<ContractWorld["instance"]>["lease"];

beforeEach(async () => {
	world = await makeContractWorld();
	lease = world.instance().lease;
});
afterEach(() => world.close());

const claim = (of: Partial<Claim> = {}): Claim => ({ ...claimOf("deploy", systemClock), ...of });
const label = () => new URLSearchParams(world.contract.label!.split("?")[1]);
const labels = () => world.sim.requests.filter(({ route }) => route === "change").length;
/** As if the holder had written it so. */
const rewrite = (change: Record<string, string>) => {
	const fields = label();
	for (const [name, value] of Object.entries(change)) fields.set(name, value);
	world.contract.label = `${PLACE}?${fields.toString()}`;
};

describe("the lease in a contract's label", () => {
	it("says who holds it, for what, since when and until when", async () => {
		const since = Date.now() - 5_000;
		const held = await lease.take(
			claim({ owner: "ann@pc", host: "pc", pid: 7, since, machine: "m1", boot: "b1", started: "99" }),
		);
		expect(held).toMatchObject({ token: 1, ttlMs: TEN_MINUTES });
		expect(world.contract.label!.split("?")[0]).toBe(PLACE);
		const { nonce, until, ...fields } = Object.fromEntries(label());
		expect(fields).toEqual({
			...{
				owner: "ann@pc",
				host: "pc",
				pid: "7",
				purpose: "deploy",
				token: "1",
				machine: "m1",
				boot: "b1",
				started: "99",
			},
			since: new Date(since).toISOString(),
		});
		expect(nonce).toMatch(/^[0-9a-f-]{36}$/);
		expect(Math.abs(Date.parse(until!) - Date.now() - TEN_MINUTES)).toBeLessThan(5_000);
		expect(await lease.holder()).toMatchObject({ owner: "ann@pc", host: "pc", pid: 7, purpose: "deploy", since });
		await held.release();
		expect(world.contract.label).toBe(PLACE);
		expect(await lease.holder()).toBeUndefined();
	});

	it("keeps everybody else out, and tells them who has it", async () => {
		await lease.take(claim({ owner: "ann@pc", host: "pc", pid: 7, since: Date.now() - 65_000 }));
		const before = world.contract.label;
		const refused = await refusal(lease.take(claim()));
		expect(refused).toMatchObject({ code: "lease_held", hint: `wait, or look: cres lock show ${NAME}` });
		expect(refused.message).toMatch(/^gpu-1 is locked by ann@pc \(pid 7\) for 1 min [5-9] s: deploy$/);
		expect(world.contract.label).toBe(before);
	});

	it("is taken over from a process that is gone", async () => {
		await lease.take(claim({ pid: 2 ** 22 + 1 })); // above Linux's largest pid
		expect(await lease.holder()).toBeUndefined();
		expect(await lease.take(claim())).toMatchObject({ token: 2 });
		expect(await lease.holder()).toMatchObject({ pid: process.pid });
	});

	it("is not taken over from another host's process, until its time is over", async () => {
		await lease.take(claim({ host: "elsewhere", pid: 2 ** 22 + 1 }));
		expect(await refusal(lease.take(claim()))).toMatchObject({ code: "lease_held" });
		rewrite({ until: new Date(Date.now() - 1).toISOString() });
		expect(await lease.take(claim())).toMatchObject({ token: 2 });
	});

	it("is not taken over from another machine that has the name of this one, until its time is over", async () => {
		const there = { machine: "0123456789abcdef", boot: "another", pid: 2 ** 22 + 1 };
		await lease.take(claim(there));
		expect(await lease.holder()).toMatchObject(there);
		expect(await refusal(lease.take(claim()))).toMatchObject({ code: "lease_held" });
		rewrite({ until: new Date(Date.now() - 1).toISOString() });
		expect(await lease.take(claim())).toMatchObject({ token: 2 });
	});

	it.each([{ until: "soon" }, { pid: "x" }, { token: "1.5" }, { since: "1" }])(
		"is not held by what nobody can read: %j",
		async (fault) => {
			await lease.take(claim());
			rewrite(fault);
			expect(await lease.holder()).toBeUndefined();
			await expect(lease.take(claim())).resolves.toMatchObject({ ttlMs: TEN_MINUTES });
		},
	);

	it("is renewed by its holder, and by no other", async () => {
		const held = await lease.take(claim());
		rewrite({ until: new Date(Date.now() + 1_000).toISOString() });
		await held.renew();
		expect(Date.parse(label().get("until")!)).toBeGreaterThan(Date.now() + TEN_MINUTES - 5_000);
		rewrite({ nonce: "another", owner: "bob@pc", pid: "8", purpose: "stop" });
		const lost = {
			code: "lease_lost",
			message: `the lease of ${NAME} was lost to bob@pc (pid 8): stop; nothing more was done`,
		};
		expect(await refusal(held.renew())).toMatchObject(lost);
		const before = world.contract.label;
		await held.release();
		expect(world.contract.label).toBe(before);
	});

	it("is looked at again each time, and no answer counts for the next step", async () => {
		const held = await lease.take(claim());
		expect(held.freshMs).toBe(0);
		await held.assertHeld();
		rewrite({ nonce: "another" });
		expect(await refusal(held.assertHeld())).toMatchObject({ code: "lease_lost" });
		world.contract.label = PLACE;
		expect((await refusal(held.assertHeld())).message).toBe(`the lease of ${NAME} was lost; nothing more was done`);
	});

	it("counts as taken when only the reply was lost, and as not taken when the call was", async () => {
		world.sim.faults.set("reply-lost-after", { route: "change", times: null });
		const held = await lease.take(claim());
		world.sim.faults.clear();
		await expect(held.assertHeld()).resolves.toBeUndefined();
		await held.release();
		world.sim.faults.set("reply-lost-before", { route: "change", times: null });
		expect(await refusal(lease.take(claim()))).toMatchObject({ code: "vast_reply_lost" });
		expect(world.contract.label).toBe(PLACE);
	});

	it("is not taken by who finds another one's name after writing its own", async () => {
		const { api } = world.account;
		const setLabel = async (id: number, text: string) => {
			await api.setLabel(id, text);
			rewrite({ nonce: "another", owner: "bob@pc" });
		};
		const racing = world.instance({ account: { ...world.account, api: { ...api, setLabel } } }).lease;
		expect(await refusal(racing.take(claim()))).toMatchObject({
			code: "lease_held",
			message: expect.stringContaining("bob@pc"),
		});
		const wiping = async (id: number) => api.setLabel(id, PLACE);
		const wiped = world.instance({ account: { ...world.account, api: { ...api, setLabel: wiping } } }).lease;
		world.contract.label = PLACE;
		expect(await refusal(wiped.take(claim()))).toMatchObject({ code: "lease_lost" });
	});

	it("is broken by whoever must, who learns whose it was", async () => {
		const held = await lease.take(claim({ owner: "ann@pc" }));
		expect(await lease.break()).toMatchObject({ owner: "ann@pc", token: 1 });
		expect(world.contract.label).toBe(PLACE);
		expect(await refusal(held.assertHeld())).toMatchObject({ code: "lease_lost" });
		const before = labels();
		expect(await lease.break()).toBeUndefined();
		expect(labels()).toBe(before);
	});

	it("has a token above that of the rollout which configured the contract, also of one that went back", async () => {
		const { id } = await world.runs(BUILD.first);
		expect(id).toMatch(/-3$/);
		const held = await lease.take(claim());
		expect(held.token).toBe(4);
		await held.release();
		const { configured } = world.contract;
		configured.onstart = configured.onstart!.replaceAll(id, `${id.replace(/3$/, "12")}-back`);
		expect((await lease.take(claim())).token).toBe(13);
	});

	it("leaves the lease of another instance's contract alone", async () => {
		await lease.take(claim());
		const label = world.contract.label!.replace(PLACE, "cres/fleet/gpu-2");
		world.contract.label = label;
		expect(await refusal(lease.take(claim()))).toMatchObject({ code: "not_ours" });
		expect(await lease.break()).toBeUndefined();
		expect(world.contract.label).toBe(label);
	});

	it("can be held of a contract that a rollout has rented and that is not the place yet", async () => {
		world.contract.label = `${PLACE}/new-20261129T101500.123-4-${world.id}`;
		const held = await lease.take(claim());
		expect(world.contract.label).toMatch(new RegExp(`^${PLACE}/new-\\S+-4-${world.id}\\?owner=`));
		await held.release();
		expect(world.contract.label).toBe(`${PLACE}/new-20261129T101500.123-4-${world.id}`);
	});

	it("is believed for as long as its holder allows, without another call, and looked at anew by whoever allows nothing", async () => {
		const held = await lease.take(claim());
		const from = world.sim.requests.length;
		rewrite({ nonce: "another" });
		await held.assertHeld(3_600_000);
		expect(world.sim.requests.length).toBe(from);
		expect(await refusal(held.assertHeld())).toMatchObject({ code: "lease_lost" });
		expect(await refusal(held.assertHeld(3_600_000))).toMatchObject({ code: "lease_lost" });
	});

	it("is nobody's where the contract is gone", async () => {
		await world.account.api.destroy(world.id);
		const held = await lease.take(claim());
		expect(held.token).toBe(0);
		await Promise.all([held.renew(), held.assertHeld(), held.release()]);
		expect(await lease.holder()).toBeUndefined();
		expect(await lease.break()).toBeUndefined();
	});

	it("is no longer held, and no trouble, once the contract is gone", async () => {
		const held = await lease.take(claim());
		await world.account.api.destroy(world.id);
		await Promise.all([held.renew(), held.assertHeld(), held.release()]);
		expect(world.sim.contracts()).toEqual([]);
	});
});
