import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { NODE_BINARIES, unpinned } from "../../scripts/node-binaries.js";
import { ROOT } from "../support/sources.ts";

const PINNED = ["linux-x64", "win32-x64", "linux-arm64", "darwin-arm64"];

describe("A19: the Node of this project", () => {
	it("is pinned by hash for every machine that set-up takes, each its own", () => {
		expect(Object.keys(NODE_BINARIES).toSorted()).toEqual(PINNED.toSorted());
		const sums = Object.values(NODE_BINARIES).map(({ sha256 }) => sha256);
		for (const sum of sums) expect(sum).toMatch(/^[0-9a-f]{64}$/);
		expect(new Set(sums).size).toBe(PINNED.length);
	});

	it("is that of package.json, where npm has it, and Node 24 elsewhere", async () => {
		const { devDependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
		const { "darwin-arm64": mac, ...others } = NODE_BINARIES;
		expect(new Set(Object.values(others).map(({ version }) => version))).toEqual(new Set([devDependencies.node]));
		expect(mac.version).toMatch(/^24\./);
	});

	it.each(["darwin-x64", "linux-riscv64", "freebsd-x64", "toString-"])(
		"set-up refuses %s in one sentence",
		(machine) => {
			expect(unpinned(machine)).toBe(
				`no Node for ${machine} is pinned in scripts/node-binaries.js, which has linux-x64, linux-arm64, win32-x64, darwin-arm64, and set-up runs no other.`,
			);
		},
	);

	it("set-up stops before it installs anything", async () => {
		const code = `
			Object.defineProperty(process, "arch", { value: "riscv64" });
			const { setUpPackages } = await import(${JSON.stringify(join(ROOT, "scripts/setup.js"))});
			setUpPackages();
			console.log("went on");`;
		const ran = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], { env: { PATH: "" } });
		await expect(ran).rejects.toMatchObject({
			...{ code: 1, stdout: "" },
			stderr: expect.stringMatching(/^set-up: no Node for \w+-riscv64 is pinned in .* runs no other\.\n$/),
		});
	});
});
