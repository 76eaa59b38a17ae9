import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { fileSize, lastLines } from "../../src/system/log-file.ts";

let path: string;
beforeEach(async () => {
	path = join(await mkdtemp(join(tmpdir(), "cres-log-")), "a.log");
});

it("gives the last lines after a byte", async () => {
	await writeFile(path, "one\ntwo\nthree\nfour\n");
	expect(await fileSize(path)).toBe(19);
	expect(await lastLines(path, 0, 2)).toEqual(["three", "four"]);
	expect(await lastLines(path, 8, 9)).toEqual(["three", "four"]);
	expect(await lastLines(path, 19, 9)).toEqual([]);
});

it("gives none of a file that is not there", async () => {
	expect(await fileSize(path)).toBe(0);
	expect(await lastLines(path, 0, 9)).toEqual([]);
});

it("reads the end of a long file alone", async () => {
	await writeFile(path, `${"x".repeat(100_000)}\nlast\n`);
	const [long, last] = await lastLines(path, 0, 9);
	expect([long?.length, last]).toEqual([16_384 - "\nlast\n".length, "last"]);
});

it("leaves out colours, control characters and empty lines", async () => {
	await writeFile(path, "\u001B[31mred\u001B[0m\r\n\n  \nbell\u0007 and\ttab\n");
	expect(await lastLines(path, 0, 9)).toEqual(["red", "bell  and tab"]);
});
