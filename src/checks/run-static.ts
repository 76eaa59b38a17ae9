import { messageOf } from "../errors/errors.ts";
import type { CheckResult, Named, Outcome, StaticCheck } from "./triage-check.ts";
import type { Tree } from "./tree/tree.ts";

const TIMEOUT_MS = 5_000;

/** Runs every check on the tree; one that fails or takes too long could not look, and is never a pass. */
export async function runStatic(
	checks: readonly Named<StaticCheck>[],
	tree: Tree,
	{ signal, timeoutMs = TIMEOUT_MS }: { signal: AbortSignal; timeoutMs?: number },
): Promise<CheckResult[]> {
	return Promise.all(
		checks.map(async ({ run, ...check }) => {
			const start = performance.now();
			const outcome = await outcomeOf(() => run(tree, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])));
			signal.throwIfAborted();
			return { check, outcome, ms: Math.round(performance.now() - start) };
		}),
	);
}

async function outcomeOf(run: () => Outcome | Promise<Outcome>): Promise<Outcome> {
	try {
		return await run();
	} catch (error) {
		const how = "report it with the file that it stumbles over: cres version says where";
		return { looked: "", findings: [], couldNotLook: [{ what: `the check failed: ${messageOf(error)}`, how }] };
	}
}
