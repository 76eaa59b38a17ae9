import { setImmediate } from "node:timers/promises";
import { messageOf } from "../errors/errors.ts";
import { within } from "../system/limits.ts";
import { keepYoungHeap } from "../system/young-heap.ts";
import type { CheckResult, Named, NotLooked, Outcome, StaticCheck, World } from "./triage-check.ts";
import { withoutTold } from "./told-twice.ts";
import { RANK } from "./triage-report.ts";
import type { Tree } from "./tree/tree.ts";

const TIMEOUT_MS = 20_000;
/** Checks that wait for a program at the same time, beside the one that works. */
const WAITING = 5;

export interface RunLimits {
	signal: AbortSignal;
	/** Of each check; default 20 s. A check that does not wait for anything cannot be stopped half-way. */
	timeoutMs?: number;
	/** Time that performance.now() shows when no further check begins. */
	deadline?: number | undefined;
	/** What checks may ask; default: no program is here. */
	world?: World;
}

const ALONE: World = {
	shell: { run: () => Promise.reject(new Error("there is no shell")) },
	tool: async () => undefined,
};

/**
 * Runs every check on the tree: some that wait, and one that works, at the same time. One that fails, takes too long or is
 * not begun could not look, and is never a pass. @returns in the order of the checks @throws what `signal` was aborted with
 */
export async function runStatic(
	checks: readonly Named<StaticCheck>[],
	tree: Tree,
	{ signal, timeoutMs = TIMEOUT_MS, deadline = Infinity, world = ALONE }: RunLimits,
): Promise<CheckResult[]> {
	const results = new Map<string, CheckResult>();
	const lane = async (turns: Iterable<Named<StaticCheck>>) => {
		for (const { run, waits: _, ...check } of turns) {
			await setImmediate(); // a signal of the operator is heard between two checks
			signal.throwIfAborted();
			keepYoungHeap();
			const start = performance.now();
			const outcome =
				start > deadline
					? couldNot(LATE)
					: await outcomeOf(() => within(timeoutMs, signal, async (ended) => run(tree, ended, world)), timeoutMs);
			signal.throwIfAborted();
			results.set(check.id, { check, outcome, ms: Math.round(performance.now() - start) });
		}
	};
	const waiting = checks.filter(({ waits }) => waits).values();
	const working = checks.filter(({ waits }) => !waits).toSorted(byUrgency);
	await Promise.all([...Array.from({ length: WAITING }, () => lane(waiting)), lane(working)]);
	return checks.map(({ id }) => withoutTold(results.get(id)!, results));
}

/** What may be worst first: under a budget the rest is not run. */
const byUrgency = (a: StaticCheck, b: StaticCheck): number => RANK[a.severity] - RANK[b.severity];

const LATE: NotLooked = {
	what: "not run: the budget was used up",
	how: "give a larger --budget, or fewer checks: --only",
};

const couldNot = (one: NotLooked): Outcome => ({ looked: "", findings: [], couldNotLook: [one] });

async function outcomeOf(run: () => Promise<Outcome>, timeoutMs: number): Promise<Outcome> {
	try {
		return await run();
	} catch (error) {
		const late = (error as NodeJS.ErrnoException | null)?.code === "ETIMEDOUT";
		if (late)
			return couldNot({ what: `no answer in ${timeoutMs / 1000} s`, how: "run it alone: --only", failed: true });
		const how =
			"this is a defect of the check: report it with the version (cres version) and the file that it fails on";
		return couldNot({ what: `the check failed: ${messageOf(error)}`, how, failed: true });
	}
}
