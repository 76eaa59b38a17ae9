import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const PACKED = join(import.meta.dirname, "../../../images/packed");
const SOURCE = 'module.exports = { one: () => { const twice = (n) => 2 * n; return { four: twice(2), name: "ä" }; } };';
let directory = "";

beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "cres-packed-"));
	await writeFile(join(directory, "package.json"), '{"type":"module"}');
	for (const file of ["load.js", "compile.js"]) await copyFile(join(PACKED, file), join(directory, file));
	await writeFile(join(directory, "group.cjs"), SOURCE.replace("ä", "\\xe4"));
});
afterAll(() => rm(directory, { recursive: true }));

const node = async (...args: string[]) =>
	(await promisify(execFile)(process.execPath, args, { cwd: directory })).stdout;
const loaded = () =>
	node("--eval", 'import("./load.js").then(({ load }) => console.log(JSON.stringify(load("group").one())))');

it("loads a packed file with and without its byte code, and with one that does not fit", async () => {
	const expected = '{"four":4,"name":"ä"}\n';
	expect(await loaded()).toBe(expected);
	await node("--predictable", "--random-seed=1", "compile.js");
	expect(await loaded()).toBe(expected);
	await writeFile(join(directory, "group.cache"), "other");
	expect(await loaded()).toBe(expected);
});

it("makes the same byte code each time", async () => {
	const compiled = async () => {
		await node("--predictable", "--random-seed=1", "compile.js");
		return readFile(join(directory, "group.cache"));
	};
	const first = await compiled();
	expect(first.byteLength).toBeGreaterThan(200);
	expect((await compiled()).equals(first)).toBe(true);
});
