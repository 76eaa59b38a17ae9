import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { configLock, editConfig, instanceIn } from "../../src/config/edit-file.ts";
import { claimOf } from "../../src/state/claim.ts";
import { takeLock } from "../../src/state/lock.ts";
import { systemClock } from "../../src/system/clock.ts";
import { slowChange } from "../support/config-change.ts";
import { temporaryDirectory } from "../state/temporary.ts";

let file: string;
beforeEach(async () => {
	file = join(await temporaryDirectory(), "prod.yaml");
	await writeFile(file, "0\n");
});
const text = () => readFile(file, "utf8");

describe("a change of cres.yaml", () => {
	it("is made to what the one before has written", async () => {
		await Promise.all(Array.from({ length: 5 }, () => editConfig(file, (now) => `${Number(now) + 1}\n`)));
		expect(await text()).toBe("5\n");
	});

	it("waits for one of another process", async () => {
		const { written } = await slowChange(file, (now) => `${now}theirs\n`);
		expect(await editConfig(file, async (now) => `${now}ours\n`)).toBe(true);
		await written;
		expect(await text()).toBe("0\ntheirs\nours\n");
	});

	it("that changes nothing does not touch the file", async () => {
		const before = await stat(file, { bigint: true });
		expect(await editConfig(file, (now) => now)).toBe(false);
		expect((await stat(file, { bigint: true })).ino).toBe(before.ino);
	});

	it("begins with nothing where there is no file", async () => {
		const fresh = join(await temporaryDirectory(), "cres.yaml");
		expect(await editConfig(fresh, (now) => `${JSON.stringify(now)}\n`)).toBe(true);
		expect(await readFile(fresh, "utf8")).toBe('""\n');
		const secret = join(await temporaryDirectory(), ".env");
		await editConfig(secret, () => "A=1\n", { mode: 0o600 });
		expect([(await stat(fresh)).mode & 0o777, (await stat(secret)).mode & 0o777]).toEqual([0o644, 0o600]);
	});

	it("locks that file, and no other one", async () => {
		const other = join(file, "..", "cres.yaml");
		const claim = { ...claimOf("write", systemClock), owner: "ann@pc" };
		const lock = await takeLock(configLock(other), claim, { clock: systemClock });
		expect(await editConfig(file, () => "1\n")).toBe(true);
		const waiting = editConfig(other, () => "1\n");
		await lock.release();
		expect(await waiting).toBe(true);
	});

	it("leaves the file and its lock alone when it fails", async () => {
		await expect(editConfig(file, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
		expect(await text()).toBe("0\n");
		expect(await editConfig(file, () => "1\n")).toBe(true);
	});
});

describe("an instance in the text of cres.yaml", () => {
	const valid = [
		"project: shop",
		"image: { repository: owner/worker }",
		'registry: { push: { address: "127.0.0.1:5000" } }',
		'temporal: { address: "127.0.0.1:7233" }',
		'store: { endpoint: "127.0.0.1:9000" }',
		"instances:",
		"  cpu-1: { driver: docker, host: 10.0.0.5, key: id, roles: [cpu] }",
		"",
	].join("\n");

	it("is read with its defaults", () => {
		expect(instanceIn(valid, "cpu-1")).toMatchObject({ driver: "docker", host: "10.0.0.5", port: 22 });
	});

	it("is none where it is not there, or the text is not valid", () => {
		expect(instanceIn(valid, "cpu-2")).toBeUndefined();
		expect(instanceIn(valid, "constructor")).toBeUndefined();
		expect(instanceIn(`${valid}nonsense: 1\n`, "cpu-1")).toBeUndefined();
		expect(instanceIn("", "cpu-1")).toBeUndefined();
	});
});
