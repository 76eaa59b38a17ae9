import { copyFileSync } from "node:fs";
import { mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { claimOf } from "../../src/state/claim.ts";
import { beginTerm, givenToken, latestTerm, type TermRecord } from "../../src/state/lock-terms.ts";
import { lockHolder, takeLock, withLock } from "../../src/state/lock.ts";
import { settableClock, temporaryDirectory } from "./temporary.ts";

let path: string;
let clock: ReturnType<typeof settableClock>;
beforeEach(async () => {
	path = join(await temporaryDirectory(), "lock");
	clock = settableClock();
});
const take = (options = {}) => takeLock(path, claimOf("deploy", clock), { clock, ...options });
const LOST = { code: "lease_lost" };
const record = (change: Partial<TermRecord> = {}): TermRecord => ({
	...{ ...claimOf("deploy", clock), token: 1, nonce: "mine", expires: clock.now() + 60_000, released: false },
	...change,
});

describe("a lock that was judged long ago", () => {
	it("is not given to who judged it", async () => {
		const claim = { ...claimOf("deploy", clock), owner: "gone@here", pid: 2 ** 22 + 1 };
		const dead = { ...claim, token: 7, nonce: "of the dead", expires: clock.now() + 60_000, released: false };
		await mkdir(path, { recursive: true });
		await writeFile(join(path, "7.json"), JSON.stringify(dead));
		const judged = (await latestTerm(path))!;
		for (let time = 0; time < 2; time++) await (await take()).release();
		const holder = await take();
		const before = await readdir(path);
		const late = { ...judged.record!, pid: process.pid, nonce: "late", token: 100 };
		expect(await beginTerm(path, judged, late)).toBeUndefined();
		expect(await beginTerm(path, undefined, { ...late, token: holder.token })).toBeUndefined();
		expect(await readdir(path)).toEqual(before);
		await expect(holder.assertHeld()).resolves.toBeUndefined();
	});

	it("is not given to who comes second, and nothing of the try is left", async () => {
		await mkdir(path);
		expect(await beginTerm(path, undefined, record())).toMatchObject({ number: 1 });
		const before = await readdir(path);
		expect(await beginTerm(path, undefined, record({ nonce: "second", token: 2 }))).toBeUndefined();
		expect(await readdir(path)).toEqual(before);
		expect((await latestTerm(path))!.record).toMatchObject({ nonce: "mine" });
		expect(await givenToken(path)).toBe(1);
	});

	it("is not begun where its folder cannot be written", async () => {
		await mkdir(join(path, "new-mine"), { recursive: true });
		await expect(beginTerm(path, undefined, record())).rejects.toMatchObject({ code: "EISDIR" });
	});
});

describe("the folder of a lock", () => {
	it("has the terms in the order of their numbers, and no other file is one", async () => {
		await mkdir(path);
		const terms = { "9.json": "nine", "10.json": "ten", "11.json.swp": "no", "x12.json": "no", "1": "no" };
		for (const [name, nonce] of Object.entries(terms))
			await writeFile(join(path, name), JSON.stringify(record({ nonce })));
		expect(await latestTerm(path)).toMatchObject({ number: 10, record: { nonce: "ten" } });
	});

	it("is cleared of what a crash left of beginnings, and of nothing else", async () => {
		await mkdir(path);
		for (const name of ["new-crashed", "a note", "renew-"]) await writeFile(join(path, name), "x");
		await take();
		expect((await readdir(path)).toSorted()).toEqual(["1.json", "a note", "renew-", "token"]);
	});

	it("keeps the token for the next holder, also of short work", async () => {
		await withLock(path, () => Promise.resolve());
		expect(await readFile(join(path, "token"), "utf8")).toBe("1\n");
		expect((await stat(join(path, "token"))).mode & 0o777).toBe(0o600);
		for (const text of ["", "seven", "1e400", "2.5"]) {
			await writeFile(join(path, "token"), text);
			expect(await givenToken(path)).toBe(0);
		}
	});

	it("that cannot be read is no free lock", async () => {
		await writeFile(path, "no folder");
		await expect(lockHolder(path, clock)).rejects.toMatchObject({ code: "ENOTDIR" });
	});
});

describe("a holder that cannot write", () => {
	it("gives its lock back all the same", async () => {
		const lock = await take();
		await mkdir(join(path, `new-${lock.nonce}`));
		await lock.release();
		expect(await lockHolder(path, clock)).toBeUndefined();
		expect(await readdir(path)).not.toContain("1.json");
	});

	it("keeps its lock while nobody else comes", async () => {
		const lock = await take();
		await mkdir(join(path, `new-${lock.nonce}`));
		clock.advance(61_000);
		await lock.assertHeld();
		expect(lock.signal.aborted).toBe(false);
	});

	it("has lost its lock when it can neither read nor write for the whole time of it, and not before", async () => {
		vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
		onTestFinished(() => void vi.useRealTimers());
		const lock = await take();
		await rm(path, { recursive: true });
		await writeFile(path, "no folder");
		clock.advance(20_000);
		vi.advanceTimersByTime(20_000);
		await expect(lock.assertHeld()).rejects.toMatchObject({ code: "ENOTDIR" }); // in its turn: after the beat
		expect(lock.signal.aborted).toBe(false);
		clock.advance(40_000);
		vi.advanceTimersByTime(20_000);
		await expect.poll(() => lock.signal.aborted).toBe(true);
		expect(lock.signal.reason).toMatchObject({ ...LOST, cause: { code: "ENOTDIR" } });
		expect(vi.getTimerCount()).toBe(0);
		await lock.release();
	});
});

describe("a lock", () => {
	it("is renewed by every third of its time, until it is released", async () => {
		vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
		onTestFinished(() => void vi.useRealTimers());
		const lock = await take({ ttlMs: 900 });
		const expires = async () => (await latestTerm(path))!.record!.expires;
		const first = await expires();
		clock.advance(300);
		vi.advanceTimersByTime(299);
		expect(await expires()).toBe(first);
		vi.advanceTimersByTime(1);
		await expect.poll(expires).toBe(first + 300);
		await lock.release();
		expect((await latestTerm(path))!.record!.released).toBe(true);
	});

	it("that expires at this moment is renewed before its holder goes on", async () => {
		const lock = await take();
		clock.advance(60_000);
		await lock.assertHeld();
		expect(await lockHolder(path, clock)).toMatchObject({ expires: clock.now() + 60_000 });
	});

	it("that somebody else took while it was renewed is lost", async () => {
		let left = Infinity;
		const now = () => {
			if (--left === 0) copyFileSync(join(path, "1.json"), join(path, "2.json"));
			return clock.now();
		};
		const lock = await takeLock(path, claimOf("deploy", clock), { clock: { ...clock, now } });
		clock.advance(61_000);
		left = 2; // looks at the time once more when it writes
		await expect(lock.assertHeld()).rejects.toMatchObject(LOST);
	});
});
