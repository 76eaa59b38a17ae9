import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Instance } from "../../src/instances/instance.ts";
import type { LeaseHolder } from "../../src/instances/lease.ts";
import { breakLocks, renderBroken, renderLocks, showLocks } from "../../src/rollout/locks.ts";
import { claimOf } from "../../src/state/claim.ts";
import { takeLocalLease } from "../../src/state/leases.ts";
import { testClock } from "../support/rollouts/test-clock.ts";

const NOW = "2026-03-01T10:00:00.000Z";
const clock = testClock(NOW);
const there: LeaseHolder = { ...claimOf("rollback", clock), owner: "ben@laptop", pid: 12, token: 8, nonce: "n" };

let state: string;
let holder: LeaseHolder | undefined;
beforeEach(async () => {
	state = await mkdtemp(join(tmpdir(), "cres-locks-"));
	holder = undefined;
});
afterEach(() => rm(state, { recursive: true }));

const ports = () => {
	const broken = async () => {
		const before = holder;
		holder = undefined;
		return before;
	};
	const lease = { holder: async () => holder, break: broken, take: () => Promise.reject(new Error("not here")) };
	return { instance: { name: "api", lease } as unknown as Instance, config: { state }, clock };
};
const onInstance = { owner: "ben@laptop", pid: 12, purpose: "rollback", since: NOW, token: 8 };

describe("the locks of an instance", () => {
	it("are none where nobody changes it", async () => {
		expect(await showLocks(ports())).toEqual({ instance: "api", here: null, onInstance: null });
		expect(renderLocks(await showLocks(ports()), clock.now())).toBe("api is not locked");
		expect(renderBroken(await breakLocks(ports()))).toBe("api is not locked any more");
	});

	it("are told as they stand in both places", async () => {
		holder = there;
		const lock = await takeLocalLease(state, "api", "deploy", { clock });
		const locks = await showLocks(ports());
		expect(locks).toEqual({
			instance: "api",
			here: expect.objectContaining({ pid: process.pid, purpose: "deploy", token: 1 }) as object,
			onInstance,
		});
		expect(renderLocks(locks, Date.parse(NOW) + 12_000).split("\n")).toEqual([
			"api is locked on the instance by ben@laptop (pid 12) for 12.0 s: rollback (token 8)",
			expect.stringMatching(/^api is locked on this machine by \S+@\S+ \(pid \d+\) for .* s: deploy \(token 1\)$/),
			"  → wait, or if that process is gone for good: cres lock break api",
		]);
		await lock.release();
	});

	it("in one place are told alone", async () => {
		holder = there;
		const lines = renderLocks(await showLocks(ports()), clock.now()).split("\n");
		expect(lines.map((line) => line.slice(0, 29))).toEqual([
			"api is locked on the instance",
			"  → wait, or if that process ",
		]);
		holder = undefined;
		const lock = await takeLocalLease(state, "api", "deploy", { clock });
		expect(renderLocks(await showLocks(ports()), clock.now())).toMatch(/^api is locked on this machine .*\n {2}→ wait/);
		await lock.release();
	});

	it("are taken away in both places, and told with who held them", async () => {
		holder = there;
		const lock = await takeLocalLease(state, "api", "deploy", { clock });
		const broken = await breakLocks(ports());
		expect(broken).toMatchObject({ instance: "api", here: { purpose: "deploy" }, onInstance });
		expect(renderBroken(broken)).toBe(
			"api is free; ben@laptop held it: rollback\n  → cres status, then cres deploy api",
		);
		expect(renderBroken({ ...broken, onInstance: null })).toContain(" held it: deploy\n");
		expect(await showLocks(ports())).toEqual({ instance: "api", here: null, onInstance: null });
		await lock.release();
	});
});
