import { describe, expect, it } from "vitest";
import type { LogLine, LogOptions } from "../../src/instances/log-line.ts";
import { merged } from "../../src/logs/merged.ts";
import { queryOf } from "../../src/logs/query.ts";
import { keptLines, readLogs, renderLine } from "../../src/logs/read.ts";
import { failedReleaseNote, logOfRelease } from "../../src/logs/release.ts";
import { keepLog } from "../../src/state/kept-logs.ts";
import { appendRelease, type Release } from "../../src/state/releases.ts";
import { refusal } from "../support/refusal.ts";
import { temporaryDirectory } from "../state/temporary.ts";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const at = (second: number, text = `line ${second}`): LogLine => ({
	...{ at: new Date(NOW + second * 1000).toISOString(), program: "api", text },
});

describe("what is asked for", () => {
	it("is the last 100 lines, or all since a time, unless told", () => {
		expect(queryOf({}, NOW)).toEqual({
			tail: 100,
			follow: false,
			since: undefined,
			grep: undefined,
			program: undefined,
		});
		expect(queryOf({ since: "10m" }, NOW)).toMatchObject({ tail: 10_000, since: NOW - 600_000 });
		expect(queryOf({ since: "2h", tail: 0 }, NOW)).toMatchObject({ tail: 0, since: NOW - 7_200_000 });
	});

	it.each(["2026-11-29T12:00:00Z", "2026-11-29T13:00:00.000+01:00"])("since %s is a time", (since) => {
		expect(queryOf({ since }, NOW + 5).since).toBe(NOW);
	});

	it.each(["", "10", "10 m", "yesterday", "2026-11-29", "2026-13-29T12:00:00Z", "-5m"])(
		"since %j is refused",
		(since) => {
			expect(() => queryOf({ since }, NOW)).toThrow(expect.objectContaining({ code: "bad_since" }));
		},
	);
});

describe("the logs of several instances", () => {
	const asked: LogOptions[] = [];
	const instance = (name: string, ...lines: LogLine[]) => ({
		name,
		async *logs(options: LogOptions) {
			asked.push(options);
			yield* options.tail === 0 ? [] : lines.slice(-options.tail);
		},
	});
	const notes: string[] = [];
	const read = (flags: Parameters<typeof queryOf>[0], ...of: ReturnType<typeof instance>[]) =>
		Array.fromAsync(readLogs(of, queryOf(flags, NOW + 60_000), (text) => notes.push(text)));
	const cpu = instance("cpu-1", at(1), at(3), at(5, "an ERROR"));
	const gpu = instance("gpu-1", at(2), at(4, "error"));

	it("are one, in order of time, so many lines in all", async () => {
		expect((await read({ tail: 2 }, cpu, gpu)).map(({ instance: name }) => name)).toEqual(["gpu-1", "cpu-1"]);
		expect((await read({}, cpu, gpu)).map(({ text }) => text)).toEqual([
			...["line 1", "line 2", "line 3", "error", "an ERROR"],
		]);
		expect(await read({ tail: 0 }, cpu, gpu)).toEqual([]);
	});

	it("are looked through for a text as it stands, and for a time", async () => {
		expect((await read({ grep: "ERR", tail: 1 }, cpu, gpu)).map(({ text }) => text)).toEqual(["an ERROR"]);
		expect(asked.at(-1)).toMatchObject({ tail: 10_000 });
		expect(await read({ grep: ".*" }, cpu, gpu)).toEqual([]);
		expect((await read({ since: "56s" }, cpu, gpu)).map(({ text }) => text)).toEqual(["error", "an ERROR"]);
	});

	it("are those of one program alone", async () => {
		const worker = { ...at(6, "of the worker"), program: "worker-cpu" };
		const both = instance("cpu-1", at(1), worker, at(7));
		expect((await read({ program: "worker-cpu" }, both)).map(({ text }) => text)).toEqual(["of the worker"]);
		expect((await read({ program: "api", tail: 1 }, both)).map(({ text }) => text)).toEqual(["line 7"]);
		expect(asked.at(-1)).toMatchObject({ tail: 10_000 });
		expect(await read({ program: "apis" }, both)).toEqual([]);
	});

	it("are followed as lines come, and end with the last one", async () => {
		const lines = await read({ follow: true, tail: 1 }, cpu, gpu);
		expect(lines.map(({ text }) => text).toSorted()).toEqual(["an ERROR", "error"]);
		expect(asked.at(-1)).toEqual({ tail: 1, follow: true, since: undefined });
	});

	it("fail with the one that fails, after the others are shown", async () => {
		const broken = {
			name: "cpu-2",
			async *logs(): AsyncIterable<LogLine> {
				yield at(9);
				throw new Error("gone");
			},
		};
		const shown: string[] = [];
		const showing = async (follow: boolean) => {
			for await (const { text } of readLogs([cpu, broken], queryOf({ follow }, NOW), () => {})) shown.push(text);
		};
		await expect(showing(false)).rejects.toThrow("gone");
		expect(shown).toEqual(["line 1", "line 3", "an ERROR"]);
		await expect(showing(true)).rejects.toThrow("gone");
	});

	it("name the program of each line, and the instance where there are several", () => {
		const line = { instance: "cpu-1", ...at(1) };
		expect(renderLine(line, false)).toBe("api         | line 1");
		expect(renderLine({ ...line, program: null }, true)).toBe("cpu-1 -           | line 1");
	});
});

describe("the log of a release that failed", () => {
	const id = (n: number) => `20261129T1200${String(n).padStart(2, "0")}.000-${n}`;

	it("is shown, else it is said which ones are", async () => {
		const state = await temporaryDirectory();
		const message = `no log of release ../x of cpu-1 is kept; logs of failed releases are`;
		const none = { code: "log_not_kept", message, hint: "cres logs cpu-1 shows what runs" };
		expect(await refusal(logOfRelease(state, "cpu-1", "../x"))).toEqual(none);
		await keepLog(state, "cpu-1", id(1), [at(1), at(2, "fails")]);
		expect(await refusal(logOfRelease(state, "cpu-1", "x"))).toMatchObject({ hint: `one of ${id(1)}` });
		const lines = await logOfRelease(state, "cpu-1", id(1));
		expect(keptLines("cpu-1", lines, queryOf({ grep: "fail" }, NOW))).toEqual([
			{ instance: "cpu-1", ...at(2, "fails") },
		]);
		expect(keptLines("cpu-1", lines, queryOf({ tail: 1 }, NOW))).toHaveLength(1);
	});

	it("is named after the failed deploy, until another one", async () => {
		const state = await temporaryDirectory();
		const release = (n: number, outcome: Release["outcome"]): Release => ({
			...{ id: id(n), instance: "cpu-1", at: "", image: "", digest: "", buildId: `build${n}`, generation: n, outcome },
			...{ spec: { env: {}, secrets: {}, roles: [], gpu: false }, specHash: "", durationMs: 1 },
		});
		expect(await failedReleaseNote(state, "cpu-1")).toBeUndefined();
		await appendRelease(state, release(1, "rolled-back"));
		expect(await failedReleaseNote(state, "cpu-1")).toBeUndefined();
		await keepLog(state, "cpu-1", id(1), [at(1)]);
		expect(await failedReleaseNote(state, "cpu-1")).toBe(
			`the last release, build1, failed; its log: cres logs cpu-1 --release ${id(1)}`,
		);
		await appendRelease(state, release(2, "live"));
		expect(await failedReleaseNote(state, "cpu-1")).toBeUndefined();
	});
});

it("A17: sources wait for who takes their lines, so that a log that is followed piles up nowhere", async () => {
	let given = 0;
	async function* source() {
		for (; given < 100_000; given++) yield given;
	}
	const taking = merged([source()], 10)[Symbol.asyncIterator]();
	for (let taken = 0; taken < 50; taken++) {
		await taking.next();
		await new Promise((resolve) => setImmediate(resolve));
		expect(given - taken).toBeLessThan(25);
	}
	await taking.return?.();
});
