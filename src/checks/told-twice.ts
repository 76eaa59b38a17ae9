import type { Place } from "./place.ts";
import type { CheckResult } from "./triage-check.ts";

/** Check → the check that tells the same fault better, where both find it. */
const BETTER: Readonly<Record<string, string>> = {
	"default-credential": "secret-in-tree",
	"env-unread": "unheard-settings",
	"queue-sides": "queue-suffix",
	"version-disagrees": "image-interpreters",
	"workflow-valid": "cron-lines",
};

/** Without the findings that another check has told better: one fault is one finding. */
export function withoutTold(result: CheckResult, results: ReadonlyMap<string, CheckResult>): CheckResult {
	const better = results.get(BETTER[result.check.id] ?? "")?.outcome.findings ?? [];
	if (better.length === 0) return result;
	const told = new Set(better.flatMap(({ evidence }) => evidence.map(keyOf)));
	const findings = result.outcome.findings.filter(({ evidence: [first] }) => !told.has(keyOf(first)));
	return { ...result, outcome: { ...result.outcome, findings } };
}

const keyOf = (place: Place): string => ("path" in place ? `${place.path}:${place.line}` : place.host);
