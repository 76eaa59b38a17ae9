import { readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { claimOf, type Claim } from "../../src/state/claim.ts";
import { breakLock, lockHolder, takeLock, withLock, type LockOptions } from "../../src/state/lock.ts";
import { breakLocalLease, localLeaseHolder, takeLocalLease } from "../../src/state/leases.ts";
import { systemClock, type Clock } from "../../src/system/clock.ts";
import { settableClock, temporaryDirectory } from "./temporary.ts";

let path: string;
let clock: ReturnType<typeof settableClock>;
beforeEach(async () => {
	path = join(await temporaryDirectory(), "leases", "cpu-1");
	clock = settableClock();
});
const take = (claim: Partial<Claim> = {}, options: Partial<LockOptions> = {}) =>
	takeLock(path, { ...claimOf("deploy", clock), ...claim }, { clock, ...options });
const termFiles = async () => (await readdir(path)).filter((name) => name.endsWith(".json"));
const HELD = { code: "lease_held", exit: "busy" };
const LOST = { code: "lease_lost", exit: "busy", hint: "cres status, then run the command again" };

describe("takeLock", () => {
	it("says who holds it, for what and for how long", async () => {
		await take({ owner: "ann@pc", pid: process.pid, purpose: "deploy" });
		clock.advance(12_000);
		await expect(take({}, { subject: "gpu-1" })).rejects.toMatchObject({
			...HELD,
			message: `gpu-1 is locked by ann@pc (pid ${process.pid}) for 12.0 s: deploy`,
			hint: "wait, or look: cres lock show gpu-1",
		});
	});

	it("holds until the time is over", async () => {
		await take({ host: "elsewhere", pid: 1 });
		clock.advance(59_999);
		await expect(take()).rejects.toMatchObject(HELD);
		clock.advance(1);
		await expect(take()).resolves.toMatchObject({ token: 2 });
	});

	it("is renewed by its holder", async () => {
		await take({}, { ttlMs: 900, clock: systemClock });
		const first = JSON.parse(await readFile(join(path, "1.json"), "utf8")) as { expires: number };
		await expect
			.poll(async () => (await lockHolder(path, systemClock))?.expires, { timeout: 5_000 })
			.toBeGreaterThan(first.expires);
	});

	it.each<[string, Partial<Claim>]>([
		["a process that is gone", { pid: 2 ** 22 + 1 }],
		["a process whose pid another one has now", { started: "1" }],
		["a process before the last boot", { boot: "00000000-0000-0000-0000-000000000000" }],
	])("takes over from %s, and not from one on another host", async (_, claim) => {
		await take({ ...claim, host: "elsewhere" });
		await expect(take()).rejects.toMatchObject(HELD);
		clock.advance(60_000);
		await take({ ...claim, host: hostname() });
		await expect(take()).resolves.toMatchObject({ token: 3 });
	});

	it("takes over a file that a power cut left torn", async () => {
		await take();
		await writeFile(join(path, "1.json"), "");
		expect(await lockHolder(path, clock)).toBeUndefined();
		await expect(take()).resolves.toMatchObject({ token: 2 });
	});

	it("is for its owner only, and leaves one term on file", async () => {
		for (let time = 0; time < 3; time++) await (await take()).release();
		const files = await readdir(path);
		expect(files.toSorted()).toEqual(["3.json", "token"]);
		for (const file of files) expect((await stat(join(path, file))).mode & 0o777).toBe(0o600);
	});
});

it("gives growing tokens: released, taken over, its files removed, broken, and above what the caller knows", async () => {
	const first = await take();
	await first.release();
	const second = await take();
	clock.advance(60_000);
	const third = await take();
	for (const file of await termFiles()) await rm(join(path, file));
	const fourth = await take();
	expect([first, second, third, fourth].map(({ token }) => token)).toEqual([1, 2, 3, 4]);
	await breakLock(path);
	expect((await take({ pid: 2 ** 22 + 1 }, { atLeast: 3 })).token).toBe(6);
	const known = await take({}, { atLeast: 41 });
	await known.release();
	expect([known.token, (await take()).token]).toEqual([42, 43]);
});

describe("a holder", () => {
	it("that slept past its time finds its lock lost and touches nothing", async () => {
		const sleeper = await take();
		clock.advance(61_000);
		const successor = await take();
		const before = await readFile(join(path, "2.json"), "utf8");
		await expect(sleeper.assertHeld()).rejects.toMatchObject(LOST);
		expect(sleeper.signal.reason).toMatchObject(LOST);
		await sleeper.release();
		expect(await readFile(join(path, "2.json"), "utf8")).toBe(before);
		await expect(successor.assertHeld()).resolves.toBeUndefined();
		expect(await termFiles()).toEqual(["2.json"]);
	});

	it("that slept while nobody came renews its lock before it goes on", async () => {
		const sleeper = await take();
		clock.advance(61_000);
		expect(await lockHolder(path, clock)).toBeUndefined();
		await sleeper.assertHeld();
		expect(await lockHolder(path, clock)).toMatchObject({ token: 1, expires: clock.now() + 60_000 });
		clock.advance(1_000);
		await sleeper.assertHeld(); // writes only when it has to
		expect(await lockHolder(path, clock)).toMatchObject({ expires: clock.now() + 59_000 });
		await expect(take()).rejects.toMatchObject(HELD);
	});

	it.each<[string, () => Promise<unknown>]>([
		["broken", () => breakLock(path)],
		["removed", () => rm(path, { recursive: true })],
	])("hears by its signal that the lock was %s, and never writes again", async (_, lose) => {
		const lock = await take({}, { ttlMs: 60, clock: systemClock });
		const aborted = new Promise<void>((resolve) => {
			lock.signal.addEventListener("abort", () => resolve());
		});
		await lose();
		await aborted;
		expect(lock.signal.reason).toMatchObject(LOST);
		await lock.release();
		expect(await lockHolder(path, systemClock)).toBeUndefined();
		await expect(lock.assertHeld()).rejects.toMatchObject(LOST);
	});

	it("that gave its lock back does not hold it, also when nobody else came", async () => {
		const lock = await take();
		await lock.release();
		await expect(lock.assertHeld()).rejects.toMatchObject(LOST);
		expect(lock.signal.aborted).toBe(false);
	});

	it("releases its own lock only, twice without harm", async () => {
		const lock = await take();
		await lock.release();
		const next = await take();
		await lock.release();
		await expect(next.assertHeld()).resolves.toBeUndefined();
		await expect(lock.assertHeld()).rejects.toMatchObject(LOST);
	});
});

describe("breakLock", () => {
	it("frees the lock and says who held it", async () => {
		await take({ owner: "ann@pc", purpose: "deploy" });
		const broken = await breakLock(path);
		expect(broken).toMatchObject({ owner: "ann@pc", purpose: "deploy", token: 1 });
		expect(broken).not.toHaveProperty("nonce");
		expect(await lockHolder(path, clock)).toBeUndefined();
		expect(await breakLock(path)).toBeUndefined();
		expect(await breakLock(join(path, "never"))).toBeUndefined();
	});
});

describe("withLock", () => {
	it("lets those of one process in one after the other, however many wait", async () => {
		const order: number[] = [];
		const work = async (one: number) => {
			order.push(one);
			await systemClock.sleep(20);
		};
		const asked = Array.from({ length: 20 }, (_, one) => one);
		await Promise.all(asked.map((one) => withLock(path, () => work(one), { waitMs: 400, everyMs: 5 })));
		expect(order).toEqual(asked);
	});

	it("waits for its turn, and gives up with who holds it", async () => {
		const held = await take({ owner: "ann@pc" }, { clock: systemClock });
		const options = { waitMs: 60, subject: "PLAN.md" };
		await expect(withLock(path, () => Promise.resolve(1), options)).rejects.toMatchObject({
			...HELD,
			message: expect.stringMatching(/^PLAN\.md is locked by ann@pc /),
			hint: "run the command again",
		});
		const work = withLock(path, (lock) => Promise.resolve(lock.token));
		await held.release();
		expect(await work).toBe(2);
	});

	it("tells once whom it waits for, and others what it is for", async () => {
		const held = await take({ owner: "ann@pc" }, { clock: systemClock });
		const told: string[] = [];
		const onWait = (who: string) => void (told.push(who), setTimeout(() => void held.release(), 60));
		const holder = await withLock(path, () => lockHolder(path, systemClock), { purpose: "boot", onWait, everyMs: 10 });
		expect(told).toEqual([expect.stringMatching(/ is locked by ann@pc /)]);
		expect(holder).toMatchObject({ purpose: "boot" });
	});

	it("does not wait with waitMs: 0, nor once its signal is aborted", async () => {
		await take({}, { clock: systemClock });
		const sleep = vi.fn<Clock["sleep"]>((ms) => systemClock.sleep(ms));
		const none = { clock: { ...systemClock, sleep }, waitMs: 0, onWait: () => expect.unreachable() };
		await expect(withLock(path, () => Promise.resolve(1), none)).rejects.toMatchObject(HELD);
		expect(sleep).not.toHaveBeenCalled();
		const signal = AbortSignal.timeout(50);
		await expect(withLock(path, () => Promise.resolve(1), { signal })).rejects.toMatchObject({ name: "AbortError" });
	});

	it("ends the wait behind others of this process when its signal says so, and leaves their order as it is", async () => {
		const held = await take({ owner: "ann@pc" }, { clock: systemClock });
		const turns: string[] = [];
		const waiter = (name: string, signal?: AbortSignal) =>
			withLock(path, async () => void turns.push(`${name} works`), {
				...(signal && { signal }),
				onWait: () => void turns.push(`${name} looks`),
			});
		const abort = new AbortController();
		const first = waiter("first");
		const [second, third] = [waiter("second", abort.signal), waiter("third", abort.signal)];
		const last = waiter("last");
		await expect.poll(() => turns).toEqual(["first looks"]);
		abort.abort(new Error("stopped"));
		await expect(second).rejects.toThrow("stopped");
		await expect(third).rejects.toThrow("stopped");
		await systemClock.sleep(100);
		expect(turns).toEqual(["first looks"]); // and nobody has come before
		await held.release();
		await Promise.all([first, last]);
		expect(turns.filter((turn) => turn.endsWith("works"))).toEqual(["first works", "last works"]);
	});

	it("ends work whose lock is lost, and says so", async () => {
		vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
		onTestFinished(() => void vi.useRealTimers());
		const work = withLock(path, async (_, signal) => {
			await breakLock(path);
			vi.advanceTimersByTime(20_000);
			await systemClock.sleep(10_000, signal);
		});
		await expect(work).rejects.toMatchObject({ code: "lease_lost", exit: "busy" });
	});

	it("is free again after work that failed", async () => {
		await expect(withLock(path, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
		expect(await withLock(path, () => Promise.resolve("yes"), { waitMs: 0 })).toBe("yes");
	});
});

it("keeps a lease for each instance and state directory", async () => {
	const [one, other] = [await temporaryDirectory(), await temporaryDirectory()];
	const lease = await takeLocalLease(one, "cpu-1", "deploy", { clock, atLeast: 5 });
	expect(lease.token).toBe(6);
	await expect(takeLocalLease(one, "cpu-1", "stop", { clock })).rejects.toMatchObject({
		message: expect.stringMatching(/^cpu-1 is locked by /),
	});
	await takeLocalLease(one, "cpu-2", "deploy", { clock });
	await takeLocalLease(other, "cpu-1", "deploy", { clock });
	expect(await localLeaseHolder(one, "cpu-1", clock)).toMatchObject({ pid: process.pid, purpose: "deploy" });
	expect(await breakLocalLease(one, "cpu-1")).toMatchObject({ token: 6 });
	expect(await localLeaseHolder(one, "cpu-1", clock)).toBeUndefined();
	expect(await localLeaseHolder(other, "cpu-1", clock)).toBeDefined();
});
