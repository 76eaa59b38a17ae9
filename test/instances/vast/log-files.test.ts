import { describe, expect, it } from "vitest";
import { endOfLogFiles, readLogFiles } from "../../../src/instances/vast/log-files.ts";

const NEVER = new AbortController().signal;

describe("the log files of a container", () => {
	const files = [
		"==> /var/log/cres/api.log <==",
		'{"time":"2026-11-29T12:00:02.000Z","message":"second"}',
		"    of the second",
		"",
		"==> /var/log/cres/worker-cpu.log <==",
		'{"time":"2026-11-29T12:00:01.000Z","message":"first"}',
	];
	const programs = ["worker-cpu", "api", "api"];

	it("are read in order of time, each line with its program", async () => {
		const exec = async () => ({ stdout: files.join("\n"), stderr: "", exitCode: 0 });
		const lines = await endOfLogFiles({ exec }, 1000);
		expect(lines.map(({ program }) => program)).toEqual(programs);
		expect(lines[2]).toEqual({ at: "2026-11-29T12:00:02.000Z", program: "api", text: "    of the second" });
		expect(await endOfLogFiles({ exec: () => Promise.reject(new Error("lost")) }, 1000)).toEqual([]);
	});

	it("are followed after that, as lines come, so many in all to begin with", async () => {
		const asked: string[] = [];
		const session = {
			async *lines(argv: readonly string[]) {
				asked.push(argv.join(" "));
				yield* [...files, "", "cres-log-follows", "==> /var/log/cres/models.log <==", "third"];
			},
		};
		const read = (options: { tail: number; follow: boolean }) => Array.fromAsync(readLogFiles(session, options, NEVER));
		const lines = await read({ tail: 2, follow: true });
		expect(lines.map(({ program, text }) => [program, text.slice(0, 5)])).toEqual([
			["api", '{"tim'],
			["api", "    o"],
			["models", "third"],
		]);
		expect(asked[0]).toContain("tail -v -n 2 /var/log/cres/*.log");
		expect(asked[0]).toContain("exec tail -v -n 0 -F /var/log/cres/*.log");
	});

	it("are printed as they are now where they are not followed", async () => {
		const asked: string[] = [];
		const session = {
			async *lines(argv: readonly string[]) {
				asked.push(argv.at(-1)!);
				yield* files;
			},
		};
		const read = (tail: number) => Array.fromAsync(readLogFiles(session, { tail, follow: false }, NEVER));
		expect((await read(3)).map(({ program }) => program)).toEqual(programs);
		expect(await read(1)).toMatchObject([{ text: "    of the second" }]);
		expect(asked[0]).toBe("tail -v -n 3 /var/log/cres/*.log 2>/dev/null");
	});

	it("hold no empty line, and time and program of a line before it are those of its file", async () => {
		const stdout = [
			"before any file",
			"==> /var/log/cres/api.log <==",
			"no time yet",
			"  ",
			"x ==> /var/log/cres/models.log <==",
			"==> /var/log/cres/models.log <== x",
		];
		const exec = async (argv: readonly string[]) => {
			expect(argv).toEqual(["sh", "-c", "tail -v -c 1000 /var/log/cres/*.log 2>/dev/null"]);
			return { stdout: stdout.join("\n"), stderr: "", exitCode: 0 };
		};
		expect((await endOfLogFiles({ exec }, 1000)).map(({ at, program, text }) => [at, program, text])).toEqual([
			[null, null, "before any file"],
			[null, "api", "no time yet"],
			[null, "api", "x ==> /var/log/cres/models.log <=="],
			[null, "api", "==> /var/log/cres/models.log <== x"],
		]);
	});
});
