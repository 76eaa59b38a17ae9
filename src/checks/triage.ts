import type { Silence } from "../config/schema.ts";
import { causesOf } from "./causes.ts";
import type { RuntimeFacts } from "./runtime/facts.ts";
import { withoutRepeats } from "./linters/repeats.ts";
import { runStatic } from "./run-static.ts";
import { applySilences } from "./silences.ts";
import { couldNotLookOf, findingsOf, lookedAtOf, lookedIn, unreadIn, type TriageReport } from "./triage-report.ts";
import type { CheckResult, Named, StaticCheck, World } from "./triage-check.ts";
import type { Tree } from "./tree/tree.ts";

/** The runtime part: asks every instance that was named, within the limits. */
export type RunRuntime = (limits: { signal: AbortSignal; budgetMs: number }) => Promise<RuntimeSeen>;

interface RuntimeSeen {
	/** What the instances said, as JSON: a bundle keeps it. */
	facts: RuntimeFacts;
	results: CheckResult[];
}

export interface TriageRequest {
	/** Files to look at; undefined: none. */
	tree: Tree | undefined;
	checks: readonly Named<StaticCheck>[];
	/** Undefined: no instance is asked. */
	runtime: RunRuntime | undefined;
	silences: readonly Silence[];
	/** Milliseconds for all checks; what is not begun then could not look. */
	budgetMs: number | undefined;
	world: World;
	/** Milliseconds since 1970, for the last days of silences. */
	now: number;
	signal: AbortSignal;
}

/** Everything that `cres triage` saw. */
export interface Triaged {
	report: TriageReport;
	results: readonly CheckResult[];
	/** Of the runtime part; undefined: no instance was asked. */
	facts: RuntimeFacts | undefined;
}

/** A run of all checks is cut off far later than any of them. */
const NO_BUDGET_MS = 10 * 60_000;

/** Runs both parts at the same time. @throws what `signal` was aborted with */
export async function triage(request: TriageRequest): Promise<Triaged> {
	const { tree, checks, runtime, silences, budgetMs, world, now, signal } = request;
	const deadline = budgetMs === undefined ? undefined : performance.now() + budgetMs;
	const [files, seen] = await Promise.all([
		tree === undefined
			? []
			: runStatic(checks, tree, { signal, deadline, world, ...(world.thorough && { timeoutMs: NO_BUDGET_MS }) }),
		runtime?.({ signal, budgetMs: budgetMs ?? NO_BUDGET_MS }),
	]);
	const results = [...withoutRepeats(files), ...(seen?.results ?? [])];
	const applied = applySilences(findingsOf(results), silences, lookedIn(results), now);
	const report: TriageReport = {
		findings: applied.left,
		couldNotLook: [...couldNotLookOf(results), ...(tree === undefined ? [] : unreadIn(tree))],
		lookedAt: lookedAtOf(results, tree),
		silences: applied.silences,
		...(seen ? { causes: causesOf(applied.left, seen.facts) } : {}),
	};
	return { report, results, facts: seen?.facts };
}
