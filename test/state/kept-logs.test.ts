import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/secrets/secret.ts";
import { keepLog, keptLogs, readKeptLog } from "../../src/state/kept-logs.ts";
import { temporaryDirectory } from "./temporary.ts";

const id = (n: number) => `20261129T1200${String(n).padStart(2, "0")}.000-${n}`;
const line = (text: string) => ({ at: "2026-11-29T12:00:00.000Z", program: "api", text });

let state: string;
beforeEach(async () => {
	state = await temporaryDirectory();
});

describe("the log of a release that failed", () => {
	it("is given back line by line, and is none where none is kept", async () => {
		expect(await keptLogs(state, "cpu-1")).toEqual([]);
		expect(await readKeptLog(state, "cpu-1", id(1))).toBeUndefined();
		const lines = [line("one"), { at: null, program: null, text: "two" }];
		await keepLog(state, "cpu-1", id(1), lines);
		expect(await readKeptLog(state, "cpu-1", id(1))).toEqual(lines);
		expect(await readKeptLog(state, "cpu-2", id(1))).toBeUndefined();
		expect(await readKeptLog(state, "cpu-1", "../cpu-1/x")).toBeUndefined();
	});

	it("is kept without secrets, for its owner only, its last megabyte", async () => {
		const secret = new Secret('pass"word-of-store');
		const long = Array.from({ length: 1200 }, (_, n) => line(`${n} ${"x".repeat(1000)}`));
		await keepLog(state, "cpu-1", id(1), [...long, line(`key ${secret.reveal()}`)]);
		const path = join(state, "logs", "cpu-1", `${id(1)}.jsonl`);
		const { mode, size } = await stat(path);
		expect([mode & 0o777, size <= 1_000_000, size > 990_000]).toEqual([0o600, true, true]);
		expect(await readFile(path, "utf8")).not.toContain("word-of-store");
		expect((await readKeptLog(state, "cpu-1", id(1)))!.at(-1)!.text).toBe("key [redacted]");
		await writeFile(path, '{"at":null,"program":null,"text":"whole"}\n{"at":nu');
		expect(await readKeptLog(state, "cpu-1", id(1))).toEqual([{ at: null, program: null, text: "whole" }]);
	});

	it("is kept whole up to a megabyte", async () => {
		const empty = Buffer.byteLength(`${JSON.stringify(line(""))}\n`);
		const whole = [line("first"), line("x".repeat(1_000_000 - 2 * empty - "first".length))];
		await keepLog(state, "cpu-1", id(1), whole);
		expect(await readKeptLog(state, "cpu-1", id(1))).toEqual(whole);
		await keepLog(state, "cpu-1", id(1), [line("one more"), ...whole]);
		expect(await readKeptLog(state, "cpu-1", id(1))).toEqual(whole);
	});

	it("is kept of the 20 newest", async () => {
		for (let n = 1; n <= 22; n++) await keepLog(state, "cpu-1", id(n), [line(String(n))]);
		expect(await keptLogs(state, "cpu-1")).toEqual(Array.from({ length: 20 }, (_, n) => id(n + 3)));
		expect(await readdir(join(state, "logs", "cpu-1"))).toHaveLength(20);
	});

	it("is no other file beside it, and a folder that is none is told", async () => {
		for (const n of [2, 1]) await keepLog(state, "cpu-1", id(n), [line("a")]);
		await writeFile(join(state, "logs", "cpu-1", `${id(3)}.jsonl.swp`), "x");
		expect(await keptLogs(state, "cpu-1")).toEqual([id(1), id(2)]);
		await writeFile(join(state, "logs", "cpu-2"), "");
		await expect(keptLogs(state, "cpu-2")).rejects.toMatchObject({ code: "ENOTDIR" });
	});
});
