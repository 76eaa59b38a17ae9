import type { CheckResult, Found } from "../triage-check.ts";

/** What a linter tells at a line where one of these checks of ours has told it already. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
	"lint-actionlint": ["workflow-valid", "workflow-yaml", "expression-names"],
	"lint-hadolint": ["dockerfile-syntax"],
	"lint-shellcheck": ["shell-syntax", "conflict-markers"],
};

/** Results without the findings of linters that repeat another finding of the same line. Pure. */
export function withoutRepeats(results: readonly CheckResult[]): CheckResult[] {
	const places = new Map(results.map(({ check, outcome }) => [check.id, new Set(outcome.findings.map(lineOf))]));
	return results.map((result) => {
		const told = TOLD[result.check.id]?.flatMap((id) => places.get(id) ?? []) ?? [];
		if (told.length === 0) return result;
		const findings = result.outcome.findings.filter((one) => !told.some((lines) => lines.has(lineOf(one))));
		return { ...result, outcome: { ...result.outcome, findings } };
	});
}

const lineOf = ({ evidence: [first] }: Found): string => ("path" in first ? `${first.path}:${first.line}` : "");
