import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import type { HeldLease } from "../../src/instances/lease.ts";
import type { Instance } from "../../src/instances/instance.ts";
import { takeLease, type Lease } from "../../src/rollout/lease.ts";
import { leaseLost } from "../../src/state/lease-errors.ts";
import { localLeaseHolder } from "../../src/state/leases.ts";
import { testClock } from "../support/rollouts/test-clock.ts";

const TTL_MS = 8_000;
/** Between two renewals. */
const EACH_MS = TTL_MS / 4;
const clock = testClock();

let state: string;
let renewals: number;
/** What a renewal fails with; undefined: it succeeds. */
let failure: unknown;
let lease: Lease;

beforeEach(async () => {
	state = await mkdtemp(join(tmpdir(), "cres-lease-"));
	[renewals, failure] = [0, undefined];
	vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout", "performance"] });
});
afterEach(async () => {
	await lease[Symbol.asyncDispose]();
	vi.useRealTimers();
	await rm(state, { recursive: true });
});

const held = (change: Partial<HeldLease> = {}): HeldLease => ({
	...{ token: 40, ttlMs: TTL_MS, freshMs: 2_000, assertHeld: async () => {}, release: async () => {} },
	async renew() {
		renewals++;
		if (failure) throw failure;
	},
	...change,
});

/** Takes the lease of an instance that has only a lease. */
async function take(change?: Partial<HeldLease>): Promise<Lease> {
	const remote = { holder: async () => undefined, take: async () => held(change), break: async () => undefined };
	const instance = { name: "api", lease: remote } as unknown as Instance;
	lease = await takeLease({ instance, config: { state }, clock }, "deploy");
	return lease;
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("the lease of an instance", () => {
	it("is renewed every quarter of its time", async () => {
		await take();
		await pass(3 * TTL_MS);
		expect(renewals).toBe(12);
		expect(lease.signal.aborted).toBe(false);
	});

	it("is given back after a renewal that is on its way, which would take it again", async () => {
		const calls: string[] = [];
		const { promise, resolve } = Promise.withResolvers<void>();
		await take({
			renew: async () => {
				await promise;
				calls.push("renewed");
			},
			release: async () => void calls.push("given back"),
		});
		await pass(EACH_MS);
		const ended = lease[Symbol.asyncDispose]();
		resolve();
		await ended;
		expect(calls).toEqual(["renewed", "given back"]);
	});

	it("lets nobody wait for a place that takes it no more", async () => {
		await take({ release: () => Promise.reject(new Error("the line is cut")) });
		await rm(state, { recursive: true });
		await lease[Symbol.asyncDispose]();
		await mkdir(state);
	});

	it("has a token higher than that of either place", async () => {
		expect((await take()).token).toBe(40);
		await lease[Symbol.asyncDispose]();
		expect((await take({ token: 0 })).token).toBe(2);
	});

	it("is lost at once when a renewal finds another holder", async () => {
		await take();
		failure = leaseLost("api", undefined);
		await pass(EACH_MS);
		expect(lease.signal.reason).toBe(failure);
		expect(vi.getTimerCount()).toBe(1); // that of the lock in this directory
		await expect(lease.assertHeld()).rejects.toBe(failure);
		await pass(2 * TTL_MS);
		expect([renewals, lease.signal.reason]).toEqual([1, failure]);
	});

	it("is lost when it could not be renewed for the whole of its time", async () => {
		await take();
		failure = new UserError("docker_failed", "the line is cut");
		await pass(TTL_MS - 1);
		expect(lease.signal.aborted).toBe(false);
		await pass(1);
		expect(lease.signal.reason).toMatchObject({ code: "lease_lost", cause: failure });
		expect((lease.signal.reason as Error).message).toContain("the lease of api was lost");
		const before = renewals;
		await pass(TTL_MS);
		expect(renewals).toBe(before);
	});

	it("is renewed once at a time, however long an answer takes", async () => {
		let [at, most] = [0, 0];
		await take({
			async renew() {
				renewals++;
				most = Math.max(most, ++at);
				await new Promise((resolve) => setTimeout(resolve, 1.5 * EACH_MS));
				at--;
			},
		});
		await pass(3 * TTL_MS);
		expect([most, renewals, lease.signal.aborted]).toEqual([1, 6, false]);
		const ended = lease[Symbol.asyncDispose]();
		await pass(2 * EACH_MS);
		await ended;
	});

	it("is lost when a renewal never answers, and is not waited for then", async () => {
		await take({ renew: () => (renewals++, new Promise(() => {})) });
		await pass(EACH_MS);
		const ended = lease[Symbol.asyncDispose]();
		await pass(TTL_MS - EACH_MS - 1);
		expect([renewals, lease.signal.aborted]).toEqual([1, false]);
		await pass(1);
		expect(lease.signal.reason).toMatchObject({ code: "lease_lost" });
		await ended;
		await lease[Symbol.asyncDispose]();
	});

	it("lasts from when a renewal was asked for, not from its answer", async () => {
		await take({
			async renew() {
				if (++renewals > 1) throw new Error("the line is cut");
				await new Promise((resolve) => setTimeout(resolve, EACH_MS - 1));
			},
		});
		await pass(EACH_MS + TTL_MS - 1);
		expect(lease.signal.aborted).toBe(false);
		await pass(1);
		expect(lease.signal.aborted).toBe(true);
	});

	it("stays lost when the answer comes too late", async () => {
		const { promise, resolve } = Promise.withResolvers<void>();
		await take({ renew: () => promise });
		await pass(TTL_MS);
		const { reason } = lease.signal as { reason: unknown };
		expect(reason).toMatchObject({ code: "lease_lost" });
		resolve();
		await pass(2 * TTL_MS);
		expect(lease.signal.reason).toBe(reason);
		expect(vi.getTimerCount()).toBe(1);
	});

	it("leaves no timer behind", async () => {
		await take();
		expect(vi.getTimerCount()).toBe(4);
		await lease[Symbol.asyncDispose]();
		expect(vi.getTimerCount()).toBe(0);
	});

	it("outlives renewals that fail now and then", async () => {
		await take();
		for (let round = 0; round < 4; round++) {
			failure = new UserError("docker_failed", "the line is cut");
			await pass(2 * EACH_MS);
			failure = undefined;
			await pass(EACH_MS);
		}
		expect(lease.signal.aborted).toBe(false);
		expect(renewals).toBe(12);
	});

	it("is not held when the instance says so", async () => {
		const lost = leaseLost("api", undefined);
		await take({ assertHeld: () => Promise.reject(lost) });
		await expect(lease.assertHeld()).rejects.toBe(lost);
	});

	it("is asked for at the instance once in the time for which an answer counts", async () => {
		let asked = 0;
		await take({ assertHeld: async () => void asked++ });
		await lease.assertHeld(2_000);
		expect(asked).toBe(0);
		clock.advance(2_000);
		await lease.assertHeld(2_000);
		await lease.assertHeld(2_000);
		expect(asked).toBe(1);
		clock.advance(-5_000);
		await lease.assertHeld(2_000);
		expect(asked).toBe(2);
	});

	it("is asked for each time where nobody asks in the background, with the age that an answer may have", async () => {
		const ages: unknown[] = [];
		await take({ freshMs: 0, assertHeld: async (maxAgeMs) => void ages.push(maxAgeMs) });
		await lease.assertHeld(2_000);
		await lease.assertHeld();
		expect(ages).toEqual([2_000, 0]);
	});

	it("is looked at while a step goes on, which so has not to be waited for before the next", async () => {
		let asked = 0;
		await take({ assertHeld: async () => void asked++ });
		for (let second = 1; second <= 10; second++) {
			clock.advance(1_000);
			await pass(1_000);
			await lease.assertHeld(2_000);
			expect(asked).toBe(second);
		}
	});

	it("ends a long step when such a look finds another holder", async () => {
		const lost = leaseLost("api", undefined);
		await take({ assertHeld: () => Promise.reject(lost) });
		await pass(1_000);
		expect(lease.signal.reason).toBe(lost);
		expect(vi.getTimerCount()).toBe(1); // that of the lock in this directory
	});

	it("is held on when such a look brings no answer, and the next step asks itself", async () => {
		let failing = true;
		await take({ assertHeld: () => (failing ? Promise.reject(new Error("the line is cut")) : Promise.resolve()) });
		clock.advance(5_000);
		await pass(5_000);
		expect(lease.signal.aborted).toBe(false);
		await expect(lease.assertHeld(2_000)).rejects.toThrow("the line is cut");
		failing = false;
		await lease.assertHeld(2_000);
	});

	it("is not looked at in the background where each look is a call of the platform", async () => {
		let asked = 0;
		await take({ freshMs: 0, assertHeld: async () => void asked++ });
		await pass(TTL_MS);
		expect(asked).toBe(0);
	});

	it("counts an answer from when it was asked for", async () => {
		let asked = 0;
		await take({
			async assertHeld() {
				asked++;
				clock.advance(2_000);
			},
		});
		await lease.assertHeld();
		await lease.assertHeld(2_000);
		expect(asked).toBe(2);
	});

	it("is given back in both places, also when the instance cannot be reached any more", async () => {
		const release = vi.fn<HeldLease["release"]>(() => Promise.reject(new Error("the line is cut")));
		await take({ release });
		expect(await localLeaseHolder(state, "api", clock)).toMatchObject({ purpose: "deploy" });
		await lease[Symbol.asyncDispose]();
		expect(release).toHaveBeenCalledOnce();
		expect(await localLeaseHolder(state, "api", clock)).toBeUndefined();
		await pass(TTL_MS);
		expect(renewals).toBe(0);
	});
});
