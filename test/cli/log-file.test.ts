import { readdirSync, readlinkSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openLogFile } from "../../src/cli/log-file.ts";
import { temporaryDirectory } from "../state/temporary.ts";

it("A17: a log file that grows is put aside, and the one before it goes", async () => {
	const path = join(await temporaryDirectory(), "cres.log");
	const file = openLogFile(path, (text) => expect.unreachable(text), 1_000);
	for (let line = 0; line < 100; line++) file.write(`line ${line} ${"x".repeat(50)}`);
	file.close();
	const sizes = await Promise.all([path, `${path}.1`].map((one) => stat(one)));
	expect(sizes.every(({ size, mode }) => size < 1_200 && (mode & 0o777) === 0o600)).toBe(true);
	expect(await readFile(path, "utf8")).toContain("line 99");
});

/** Files that this process has open (proc(5)). */
const opened = () =>
	readdirSync("/proc/self/fd").flatMap((fd) => {
		try {
			return [readlinkSync(`/proc/self/fd/${fd}`)];
		} catch {
			return []; // the one that lists them
		}
	});

it("a log file that takes no more is told of once, and closed", () => {
	const told: string[] = [];
	const file = openLogFile("/dev/full", (text) => told.push(text));
	expect(opened()).toContain("/dev/full");
	for (const line of ["one", "two"]) file.write(line);
	expect(opened()).not.toContain("/dev/full");
	file.close();
	expect(told).toEqual(["/dev/full takes no more lines (ENOSPC); the work goes on"]);
});
