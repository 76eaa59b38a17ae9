import { describe, expect, it } from "vitest";
import { crashLoopWatch, parseWorkerState, workerDied, type WorkerState } from "../../src/instances/crash-loop.ts";
import { calledBy, causeIn, causeLine } from "../../src/system/log-cause.ts";
import { parseLine, selectLines } from "../../src/instances/log-line.ts";
import { Secret } from "../../src/secrets/secret.ts";

const line = (level: string, message: string, program = "worker-cpu") =>
	parseLine(JSON.stringify({ time: "2026-11-29T12:00:00.000Z", level, program, message }));

describe("a line", () => {
	it.each([
		['{"time":"2026-11-29T12:00:00.5Z","program":"api"}', "2026-11-29T12:00:00.500Z", "api"],
		["2026-11-29 12:00:01,020 INFO exited: worker-cpu", "2026-11-29T12:00:01.020Z", "supervisord"],
		["llama says so", null, null],
		['{"time":7,"program":{}}', null, null],
		["{broken", null, null],
		["2026-11-29 12:00:01,020 info exited", null, null],
		["x 2026-11-29 12:00:01,020 INFO exited", null, null],
		['{"time":"2026-11-29T12:00:00Z","program":"a b"}', "2026-11-29T12:00:00.000Z", null],
		[`{"program":"${"a".repeat(41)}"}`, null, null],
		['{"time":"soon"}', null, null],
	])("%s has its time and program", (text, at, program) => {
		expect(parseLine(text)).toEqual({ at, program, text });
	});

	it("loses its control characters, and believes who knows better", () => {
		const known = { at: "2026-11-29T12:00:00.000Z", program: "models" };
		expect(parseLine("\u001B[31mred\u0007\tbell\r", known)).toEqual({ ...known, text: "red \tbell" });
	});

	it("without a time comes first, whatever is too old; lines of one time stay as they came", () => {
		const at = (second: number | null, text: string) => ({
			...{ at: second === null ? null : `2026-11-29T12:00:0${second}.000Z`, program: null, text },
		});
		const lines = [at(2, "b"), at(null, "x"), at(2, "a"), at(1, "old"), at(null, "y"), at(2, "c")];
		const since = Date.parse("2026-11-29T12:00:02Z");
		const texts = (tail: number) => selectLines(lines, { tail, since }).map(({ text }) => text);
		expect(texts(9)).toEqual(["x", "y", "b", "a", "c"]);
		expect(texts(2)).toEqual(["a", "c"]);
		expect(selectLines(lines, { tail: 9 }).map(({ text }) => text)).toEqual(["x", "y", "old", "b", "a", "c"]);
	});

	it("comes in order of time, so many of the last ones, none too old", () => {
		const at = (second: number) => ({ at: `2026-11-29T12:00:0${second}.000Z`, program: null, text: `${second}` });
		const lines = [at(3), at(1), at(2)];
		const texts = (of: Parameters<typeof selectLines>[1]) => selectLines(lines, of).map(({ text }) => text);
		expect(texts({ tail: 2 })).toEqual(["2", "3"]);
		expect(texts({ tail: 0 })).toEqual([]);
		expect(texts({ tail: 9, since: Date.parse("2026-11-29T12:00:02Z") })).toEqual(["2", "3"]);
	});
});

describe("the cause that a log names", () => {
	it("is the worker's last error, not one of another program", () => {
		const lines = [line("ERROR", "first"), line("ERROR", "Namespace nope\nis not found"), line("INFO", "x")];
		expect(causeIn([...lines, line("ERROR", "api fails", "api")])).toBe("Namespace nope is not found");
	});

	it.each(["boot: no GPU here", "TypeError: x is not a function", "ModuleNotFoundError: No module named 'x'"])(
		"is a line of text: %s",
		(text) => {
			expect(causeIn([parseLine(text), parseLine("    at main (file.js:1:2)")])).toBe(text);
		},
	);

	it("is an error that nobody caught, before a later complaint", () => {
		const lines = ["Error: no such bucket", "fatal: giving up", "    at main (file.js:1:2)"].map((text) =>
			parseLine(text),
		);
		expect(causeIn(lines)).toBe("Error: no such bucket");
		expect(causeIn(lines.slice(1))).toBe("fatal: giving up");
	});

	it("is what an error of ours was caused by, too", () => {
		const text = JSON.stringify({
			level: "ERROR",
			program: "worker-cpu",
			message: "stopped",
			error: { message: "EIO" },
		});
		expect(causeIn([parseLine(text)])).toBe("stopped: EIO");
	});

	it("of any program is looked for in the same way", () => {
		const [error, own] = ["error: unable to load model", "llama"].map((text) => parseLine(text, { program: "llama" }));
		expect(causeLine([error!, own!], calledBy("engines:llama"))).toEqual(error);
		expect(causeLine([error!, own!], calledBy("whisper"))).toBeUndefined();
		expect(causeLine([error!])).toBeUndefined();
		expect(causeLine([{ ...error!, program: null }])).toEqual({ ...error, program: null });
	});

	it("is no line that says itself that it is none", () => {
		expect(causeIn([line("INFO", "transcribe: Panic Room")])).toBeUndefined();
	});

	it("holds no part of a secret that would be cut", () => {
		const secret = new Secret("s".repeat(400)).reveal();
		expect(causeIn([line("ERROR", `key ${secret}`)])).toBe("key [redacted]");
	});

	it("F11: is what the process owner says of a worker that says nothing", () => {
		const exited = parseLine("2026-11-29 12:00:01,020 WARN exited: worker-cpu (exit status 1; not expected)");
		expect(causeIn([exited, line("INFO", "listening", "api")])).toBe(
			"exited: worker-cpu (exit status 1; not expected)",
		);
	});

	it("is bounded, and not invented", () => {
		expect(causeIn([line("ERROR", "x".repeat(999))])).toHaveLength(300);
		expect(causeIn([line("INFO", "worker starts")])).toBeUndefined();
	});
});

describe("a worker that is looked at", () => {
	const watched = (...states: [WorkerState["worker"], number?][]) => {
		const watch = crashLoopWatch();
		return states.map(([worker, workerPid]) => watch.see({ worker, workerPid }).keepsEnding);
	};

	it("F12: keeps ending when it is restarted twice, waits twice for a restart, or is given up", () => {
		expect(watched(["STARTING", 1], ["RUNNING", 2], ["RUNNING", 3])).toEqual([false, false, true]);
		expect(watched(["STARTING", 1], ["BACKOFF"], ["BACKOFF"])).toEqual([false, false, true]);
		expect(watched(["FATAL"])).toEqual([true]);
		expect(watched(["EXITED"])).toEqual([true]);
	});

	it("may be unlucky once, stop, or be of an image without our process owner", () => {
		expect(watched(["BACKOFF"], ["RUNNING", 2], ["RUNNING", 2], ["STOPPED"], ["none"])).not.toContain(true);
	});

	it("is read from what the process owner prints", () => {
		expect(parseWorkerState("worker=RUNNING\nworker_pid=42\n")).toEqual({ worker: "RUNNING", workerPid: 42 });
		expect(parseWorkerState("worker=BACKOFF\nworker_pid=\n")).toEqual({ worker: "BACKOFF", workerPid: undefined });
		expect(parseWorkerState("sh: no supervisorctl")).toEqual({ worker: "none", workerPid: undefined });
		const odd = "xworker=RUNNING\nworker=GONE\nworker_pid=0\nxworker_pid=4\n";
		expect(parseWorkerState(odd)).toEqual({ worker: "none", workerPid: undefined });
	});

	it("is told with how often it was started again, and the cause that its log names", () => {
		expect(workerDied("FATAL", 1, [line("ERROR", "no key")])).toMatchObject({
			...{ code: "container_died", hint: "correct what its last log lines name" },
			message: "the worker keeps ending: it is FATAL after 1 restart; its last error: no key",
		});
		expect(workerDied("BACKOFF", 2, []).message).toBe("the worker keeps ending: it is BACKOFF after 2 restarts");
		const watch = crashLoopWatch();
		const seen = [undefined, 4, 4, 5, 6].map((workerPid) => watch.see({ worker: "RUNNING", workerPid }).restarts);
		expect(seen).toEqual([0, 0, 0, 1, 2]);
	});
});
