// The process of one test file: its tests run once without a mutant, and then again for each mutant that they reach,
// without a new process, but with fresh modules: what a module keeps of a round before would hide a mutant.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { init, runBaseTests, setupEnvironment } from "vitest/worker";
import { addResult, HITS, resultsOf, shared, TASK_FOLDER, type Result, type Round, type Switch } from "./task.ts";
import { startWatch } from "./watch.ts";

type Run = Parameters<typeof init>[0]["runTests"];
type State = Parameters<Run>[0];

/** Mutants between two runs of the tests that noticed them, without a mutant. */
const BETWEEN_CHECKS = 20;

const folder = process.env[TASK_FOLDER]!;
const own = { exit: process.exit.bind(process), send: process.send!.bind(process), on: process.on.bind(process) };
const off = process.off.bind(process);
own.on("disconnect", () => own.exit(1));

const switchOf = () => (shared.__stryker__ ??= {});

/** Only the first run is reported to vitest. */
function muted(state: State): State {
	const rpc = new Proxy(state.rpc, {
		get: (target, key) =>
			typeof key === "string" && /^(?:on[A-Z]|snapshotSaved)/.test(key)
				? async () => {}
				: (Reflect.get(target, key) as unknown),
	});
	return { ...state, rpc };
}

async function runTests(state: State, traces: Parameters<Run>[1]): Promise<void> {
	const file = relative(process.cwd(), state.ctx.files[0]!.filepath);
	const watch = startWatch(folder, file);
	const tests = testsOf(state, traces);
	const { reached, reach, usable } = await withoutMutant(file, tests);
	const verdicts = verdictsOf(file, tests, usable);
	for (const id of reached) {
		if (isKnown(file, id)) continue;
		const only = new Set([...usable].filter((test) => reach.isReachedBy(test, id)));
		watch.begin(id, tests.usualMs(only));
		const { failed, isTimeout = false } = await withMutant(id, reach.hits(id), only, tests);
		watch.end();
		verdicts.add(id, failed, isTimeout);
		if ((isTimeout || verdicts.areDue()) && !(await verdicts.settle())) own.exit(1);
	}
	if (!(await verdicts.settle())) own.exit(1);
	note({ file, isDone: true });
	watch.stop();
}

const note = (result: Result): void => addResult(folder, result);

type Tests = ReturnType<typeof testsOf>;

/** The tests of the file, to run in rounds. */
function testsOf(state: State, traces: Parameters<Run>[1]) {
	const silent = muted(state);
	const times = new Map<string, number>();
	const names = new Map<string, string>();
	return {
		round: async (more: Partial<Round>, isReported = false): Promise<Round> => {
			const one: Round = { times, names, runsAll: false, failures: new Set(), isTimeout: false, ...more };
			shared.__mutateRound__ = one;
			await runBaseTests("run", isReported ? state : silent, traces);
			return one;
		},
		ids: () => [...times.keys()],
		nameOf: (test: string) => names.get(test) ?? test,
		/** Milliseconds that some of them take without a mutant. */
		usualMs: (only: ReadonlySet<string>) => [...only].reduce((sum, one) => sum + times.get(one)!, 0),
	};
}

/** Which mutants the tests reach, and which of these tests can be run again. */
async function withoutMutant(file: string, tests: Tests) {
	const first = await tests.round({ runsAll: true }, true);
	const reach = reachOf(structuredClone(switchOf().mutantCoverage));
	const asked = JSON.parse(readFileSync(join(folder, "mutants.json"), "utf8")) as string[];
	const reached = asked.filter((id) => reach.hits(id) > 0);
	note({ file, covered: reached });
	const needed = tests.ids().filter((test) => reached.some((id) => reach.isReachedBy(test, id)));
	const second = await tests.round({ runsAll: true, only: new Set(needed) });
	const unfit = new Set([...first.failures, ...second.failures]);
	for (const one of unfit) note({ file, setAside: tests.nameOf(one) });
	return { reached, reach, usable: new Set(needed.filter((one) => !unfit.has(one))) };
}

/** What Stryker has counted; a mutant that a module's own code passes is reached by every test. */
function reachOf({ static: always, perTest }: NonNullable<Switch["mutantCoverage"]> = { static: {}, perTest: {} }) {
	return {
		hits: (id: string) => [always, ...Object.values(perTest)].reduce((sum, one) => sum + (one[id] ?? 0), 0),
		isReachedBy: (test: string, id: string) => always[id] !== undefined || Boolean(perTest[test]?.[id]),
	};
}

/** Whether the mutant needs no look: this file tried it before, or another one noticed it. */
const isKnown = (file: string, id: string): boolean =>
	resultsOf(folder).some((one) => "id" in one && one.id === id && (one.verdict !== "survived" || one.file === file));

async function withMutant(id: string, hits: number, only: Set<string>, tests: Tests): Promise<Partial<Round>> {
	Object.assign(switchOf(), { activeMutant: id, hitCount: 0, hitLimit: hits * HITS });
	const round = only.size === 0 ? {} : await tests.round({ only });
	Object.assign(switchOf(), { activeMutant: undefined, hitCount: undefined });
	return round;
}

/** What became of mutants, held back until the tests that noticed them were seen to pass without one. */
function verdictsOf(file: string, tests: Tests, usable: ReadonlySet<string>) {
	let open: Result[] = [];
	let killers = new Set<string>();
	return {
		add(id: string, failed: string | undefined, isTimeout: boolean): void {
			if (failed === undefined) return void open.push({ file, id, verdict: "survived" });
			open.push({ file, id, verdict: isTimeout ? "hung" : "killed", test: tests.nameOf(failed) });
			for (const one of usable.has(failed) ? [failed] : usable) killers.add(one);
		},
		areDue: () => open.length >= BETWEEN_CHECKS,
		/** Whether the tests still pass without a mutant: then what they noticed counts. */
		async settle(): Promise<boolean> {
			const isSound = killers.size === 0 || (await tests.round({ only: killers })).failed === undefined;
			// What the first mutant of them did, it did in a sound process.
			for (const one of isSound ? open : open.slice(0, 1)) note(one);
			[open, killers] = [[], new Set()];
			return isSound;
		},
	};
}

init({
	post: (message) => own.send(message),
	on: (callback) => own.on("message", callback),
	off: (callback) => off("message", callback),
	teardown: () => {
		process.exit = own.exit;
	},
	runTests,
	collectTests: runTests,
	setup: setupEnvironment,
});
