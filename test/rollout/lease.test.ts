import { mkdtemp, readFile, readdir, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { leaseHolder, takeLease } from "../../src/rollout/lease.ts";
import { systemClock } from "../../src/system/clock.ts";

let root: string;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-lease-"));
});
const path = () => join(root, ".cres/leases/cpu-1.json");
const alter = async (change: object) =>
	writeFile(path(), JSON.stringify({ ...JSON.parse(await readFile(path(), "utf8")), ...change }));

describe("takeLease", () => {
	it("lets one holder in and tells the second who holds it", async () => {
		const lease = await takeLease(root, "cpu-1", "deploy", systemClock);
		await expect(takeLease(root, "cpu-1", "deploy", systemClock)).rejects.toMatchObject({
			code: "lease_held",
			exit: "busy",
			message: expect.stringContaining(`(pid ${process.pid}) is changing cpu-1`),
		});
		await lease.release();
		expect(await leaseHolder(root, "cpu-1", Date.now())).toBeUndefined();
		expect(await readdir(join(root, ".cres/leases"))).toEqual([]);
	});

	it("keeps instances apart", async () => {
		await takeLease(root, "cpu-1", "deploy", systemClock);
		await expect(takeLease(root, "cpu-2", "deploy", systemClock)).resolves.toMatchObject({ token: 1 });
	});

	it("takes over from a process that is gone, with a higher token", async () => {
		await takeLease(root, "cpu-1", "deploy", systemClock);
		await alter({ pid: 2 ** 22 + 1, host: hostname() });
		await expect(takeLease(root, "cpu-1", "deploy", systemClock)).resolves.toMatchObject({ token: 2 });
	});

	it("takes over when the time of a holder elsewhere is over, not before", async () => {
		await takeLease(root, "cpu-1", "deploy", systemClock);
		await alter({ host: "elsewhere", expires: Date.now() + 5_000 });
		await expect(takeLease(root, "cpu-1", "deploy", systemClock)).rejects.toMatchObject({ code: "lease_held" });
		await alter({ expires: Date.now() - 1 });
		await expect(takeLease(root, "cpu-1", "deploy", systemClock)).resolves.toMatchObject({ token: 2 });
	});

	it("takes over one that a crash cut short, but not from a writer who is at it", async () => {
		await takeLease(root, "cpu-1", "deploy", systemClock);
		await writeFile(path(), "");
		await expect(takeLease(root, "cpu-1", "deploy", systemClock)).rejects.toMatchObject({ code: "lease_held" });
		const old = Date.now() / 1000 - 6;
		await utimes(path(), old, old);
		await expect(takeLease(root, "cpu-1", "deploy", systemClock)).resolves.toMatchObject({ token: 1 });
	});

	it("does not give back a lease that somebody took over", async () => {
		const lost = await takeLease(root, "cpu-1", "deploy", systemClock);
		await alter({ token: 9 });
		await lost.release();
		expect(await leaseHolder(root, "cpu-1", Date.now())).toBeDefined();
	});
});
