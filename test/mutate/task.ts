import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where the programs of one run find each other's files: `mutants.json` (ids to try), `results.jsonl`, the changed sources. */
export const TASK_FOLDER = "MUTATE_TASK";

/** One line of `results.jsonl`, by the process of one test file. */
export type Result =
	/** The mutants that its tests reach. */
	| { file: string; covered: string[] }
	/** A test that fails, or fails when it runs again, without any mutant: it says nothing. */
	| { file: string; setAside: string }
	| Tried
	| { file: string; isDone: true };

/** What became of a mutant in one test file. `test` noticed it. */
export interface Tried {
	file: string;
	id: string;
	verdict: "killed" | "hung" | "survived";
	test?: string;
}

/** How often a hung mutant passes its place before it throws, as a multiple of the passes without it. */
export const HITS = 100;
/** What a mutant may take, as a multiple of the run without it, and milliseconds on top. */
export const TIMES = 3;
export const MORE_MS = 3000;

const resultsFile = (folder: string) => join(folder, "results.jsonl");

export const addResult = (folder: string, result: Result): void =>
	appendFileSync(resultsFile(folder), `${JSON.stringify(result)}\n`);

/** Every line so far. */
export function resultsOf(folder: string): Result[] {
	if (!existsSync(resultsFile(folder))) return [];
	const lines = readFileSync(resultsFile(folder), "utf8").split("\n");
	return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Result);
}

/** What became of each mutant in all test files, by its id. One that no test reaches is not there. */
export function verdictsOf(results: readonly Result[]): Map<string, Tried> {
	const verdicts = new Map<string, Tried>();
	for (const one of results)
		if ("verdict" in one && (verdicts.get(one.id)?.verdict ?? "survived") === "survived") verdicts.set(one.id, one);
	return verdicts;
}

/** What the worker asks of the test runner, which lives in another module graph of the same process. */
export interface Round {
	/** Ids of the tests to run; undefined: all. */
	only?: Set<string>;
	/** Milliseconds that each took without a mutant. */
	times: Map<string, number>;
	names: Map<string, string>;
	/** The first test that failed, or what failed outside of one. */
	failed?: string;
	/** Go on after a failure. */
	runsAll: boolean;
	/** All that failed. */
	failures: Set<string>;
	/** The test that failed ran out of time. */
	isTimeout: boolean;
}

/** Stryker's switch, as its instrumented code reads it. */
export interface Switch {
	activeMutant?: string | undefined;
	currentTestId?: string | undefined;
	hitCount?: number | undefined;
	hitLimit?: number | undefined;
	mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> };
}

/** Shared by the module graphs of a process. */
export const shared = globalThis as typeof globalThis & { __mutateRound__?: Round; __stryker__?: Switch };
