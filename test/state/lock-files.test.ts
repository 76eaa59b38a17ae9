import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { claimOf, mayRun } from "../../src/state/claim.ts";
import { beginTerm, latestTerm } from "../../src/state/lock-terms.ts";
import { lockHolder, takeLock } from "../../src/state/lock.ts";
import { settableClock, temporaryDirectory } from "./temporary.ts";

const LOST = { code: "lease_lost" };
let path: string;
let clock: ReturnType<typeof settableClock>;
beforeEach(async () => {
	path = join(await temporaryDirectory(), "lock");
	clock = settableClock();
});
const take = () => takeLock(path, claimOf("deploy", clock), { clock });
const terms = async () => (await readdir(path)).filter((name) => name.endsWith(".json"));

describe("a lock is lost", () => {
	it("when its directory was removed and another holder began again with the same number", async () => {
		const lock = await take();
		await rm(path, { recursive: true });
		const other = await take();
		await expect(lock.assertHeld()).rejects.toMatchObject(LOST);
		await expect(other.assertHeld()).resolves.toBeUndefined();
	});

	it("when a later term is on file, also while its own still is", async () => {
		const lock = await take();
		await copyFile(join(path, "1.json"), join(path, "2.json"));
		await expect(lock.assertHeld()).rejects.toMatchObject(LOST);
	});

	it("at once for a process that was overtaken while it began", async () => {
		await (await take()).release();
		const judged = (await latestTerm(path))!;
		await copyFile(join(path, "1.json"), join(path, "3.json"));
		expect(await beginTerm(path, judged, { ...judged.record!, nonce: "late", token: 100 })).toBeUndefined();
	});

	it("without a trace: who did not notice gives nothing back", async () => {
		const lock = await take();
		clock.advance(61_000);
		await take();
		await lock.release();
		expect(await terms()).toEqual(["2.json"]);
	});
});

it("gives a growing token also when the file of the token was removed", async () => {
	await (await take()).release();
	await rm(join(path, "token"));
	expect((await take()).token).toBe(2);
});

it("renews before it goes on when only the monotonic clock saw the pause", async () => {
	const lock = await take();
	clock.advance(1_000);
	await lock.assertHeld();
	expect(await lockHolder(path, clock)).toMatchObject({ expires: clock.now() + 59_000 });
	const now = performance.now();
	const spy = vi.spyOn(performance, "now").mockReturnValue(now + 61_000);
	onTestFinished(() => spy.mockRestore());
	await lock.assertHeld();
	expect(await lockHolder(path, clock)).toMatchObject({ expires: clock.now() + 60_000 });
});

it("leaves no timer behind", async () => {
	vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
	onTestFinished(() => void vi.useRealTimers());
	const lock = await take();
	expect(vi.getTimerCount()).toBe(1);
	await lock.release();
	expect(vi.getTimerCount()).toBe(0);
});

it("takes a process that ended and was not waited for as gone", async () => {
	const parent = spawn("sh", ["-c", "(exit) & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
	onTestFinished(() => void parent.kill());
	const [pid] = (await once(parent.stdout, "data")) as [Buffer];
	const { started: _started, ...own } = claimOf("deploy", clock);
	const claim = { ...own, pid: Number(pid) };
	await expect.poll(() => mayRun(claim)).toBe(false);
	expect(mayRun({ ...claim, pid: parent.pid! })).toBe(true);
});
