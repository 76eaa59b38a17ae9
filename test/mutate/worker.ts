// The process of one test file: its tests run once without a mutant, and then again for each mutant that they reach,
// without a new process, but with fresh modules: what a module keeps of a round before would hide a mutant.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { init, runBaseTests, setupEnvironment } from "vitest/worker";
import { addResult, HITS, resultsOf, shared, TASK_FOLDER, type Result, type Round } from "./task.ts";
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
	const silent = muted(state);
	const times = new Map<string, number>();
	const names = new Map<string, string>();
	const round = async (more: Partial<Round>, which = silent): Promise<Round> => {
		const one: Round = { times, names, runsAll: false, failures: new Set(), isTimeout: false, ...more };
		shared.__mutateRound__ = one;
		await runBaseTests("run", which, traces);
		return one;
	};
	const note = (result: Result): void => addResult(folder, result);

	// Without a mutant: which tests reach which, and which of them can be run again.
	const first = await round({ runsAll: true }, state);
	const { static: always, perTest } = structuredClone(switchOf().mutantCoverage ?? { static: {}, perTest: {} });
	const asked = JSON.parse(readFileSync(join(folder, "mutants.json"), "utf8")) as string[];
	const hitsOf = (id: string) => [always, ...Object.values(perTest)].reduce((sum, one) => sum + (one[id] ?? 0), 0);
	const reached = asked.filter((id) => hitsOf(id) > 0);
	note({ file, covered: reached });
	const isAlways = (id: string) => always[id] !== undefined;
	const needed = [...times.keys()].filter((one) => reached.some((id) => isAlways(id) || perTest[one]?.[id]));
	const second = await round({ runsAll: true, only: new Set(needed) });
	const unfit = new Set([...first.failures, ...second.failures]);
	for (const one of unfit) note({ file, setAside: names.get(one) ?? one });
	const usable = new Set(needed.filter((one) => !unfit.has(one)));

	let open: Result[] = [];
	let killers = new Set<string>();
	/** Whether the tests still pass without a mutant: then what they noticed counts. */
	const settle = async (): Promise<boolean> => {
		const isSound = killers.size === 0 || (await round({ only: killers })).failed === undefined;
		// What the first mutant of them did, it did in a sound process.
		for (const one of isSound ? open : open.slice(0, 1)) note(one);
		[open, killers] = [[], new Set()];
		return isSound;
	};
	for (const id of reached) {
		const known = resultsOf(folder).some(
			(one) => "id" in one && one.id === id && (one.verdict !== "survived" || one.file === file),
		);
		if (known) continue;
		const only = isAlways(id) ? usable : new Set([...usable].filter((one) => perTest[one]?.[id]));
		Object.assign(switchOf(), { activeMutant: id, hitCount: 0, hitLimit: hitsOf(id) * HITS });
		watch.begin(
			id,
			[...only].reduce((sum, one) => sum + times.get(one)!, 0),
		);
		const { failed, isTimeout } = only.size === 0 ? {} : await round({ only });
		watch.end();
		Object.assign(switchOf(), { activeMutant: undefined, hitCount: undefined });
		if (failed === undefined) open.push({ file, id, verdict: "survived" });
		else {
			open.push({ file, id, verdict: isTimeout ? "hung" : "killed", test: names.get(failed) ?? failed });
			for (const one of usable.has(failed) ? [failed] : usable) killers.add(one);
		}
		const isDue = open.length >= BETWEEN_CHECKS || isTimeout === true;
		if (isDue && !(await settle())) own.exit(1);
	}
	if (!(await settle())) own.exit(1);
	note({ file, isDone: true });
	watch.stop();
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
