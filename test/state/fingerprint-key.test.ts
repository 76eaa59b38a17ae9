import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { temporaryDirectory } from "./temporary.ts";

/** What another process of this machine has: its own memory, the same files. */
const anotherProcess = async () => {
	vi.resetModules();
	return import("../../src/state/fingerprint-key.ts");
};

let state: string;
let path: string;
beforeEach(async () => {
	state = join(await temporaryDirectory(), "state");
	path = join(state, "fingerprint.key");
});

describe("the key of fingerprints", () => {
	it("is kept once, for its owner alone, and is the same in every process", async () => {
		const { fingerprintKey, keepFingerprintKey } = await anotherProcess();
		const key = await fingerprintKey(state);
		expect(key).toHaveLength(32);
		await expect(stat(state)).rejects.toMatchObject({ code: "ENOENT" });
		await Promise.all([1, 2, 3].map(() => keepFingerprintKey(state)));
		expect(await readFile(path, "utf8")).toBe(`${key.toString("hex")}\n`);
		expect((await stat(path)).mode & 0o777).toBe(0o600);
		expect(await readdir(state)).toEqual(["fingerprint.key"]);
		expect(await (await anotherProcess()).fingerprintKey(state)).toEqual(key);
	});

	it("is another one for each state directory", async () => {
		const { fingerprintKey } = await anotherProcess();
		expect(await fingerprintKey(state)).not.toEqual(await fingerprintKey(`${state}-2`));
	});

	it("is that of the process that kept it first", async () => {
		const [first, second] = [await anotherProcess(), await anotherProcess()];
		await Promise.all([first.fingerprintKey(state), second.fingerprintKey(state)]);
		await first.keepFingerprintKey(state);
		const kept = await readFile(path, "utf8");
		await second.keepFingerprintKey(state);
		expect(await readFile(path, "utf8")).toBe(kept);
	});

	it.each(["", "no key\n", `${"0".repeat(64)}0\n`, `x${"0".repeat(64)}\n`])(
		"is made again where the file holds none: %j",
		async (text) => {
			await mkdir(state);
			await writeFile(path, text);
			const { keepFingerprintKey } = await anotherProcess();
			await keepFingerprintKey(state);
			expect(await readFile(path, "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
			expect(await readFile(path, "utf8")).not.toBe(text);
			expect(await readdir(state)).toEqual(["fingerprint.key"]);
		},
	);

	it("is a new one for this process, and cannot be kept, where the file cannot be read", async () => {
		await mkdir(path, { recursive: true });
		const { fingerprintKey, keepFingerprintKey } = await anotherProcess();
		expect(await fingerprintKey(state)).toHaveLength(32);
		await expect(keepFingerprintKey(state)).rejects.toMatchObject({ code: "EISDIR" });
		expect(await readdir(state)).toEqual(["fingerprint.key"]);
	});
});
