import type { CheckResult, Fix, NotLooked, Place, Severity } from "./triage-check.ts";
import type { Tree } from "./tree/tree.ts";

/** What `cres triage` returns under --json. */
export interface TriageReport {
	findings: ReportedFinding[];
	couldNotLook: ({ check: string; instance?: string } & NotLooked)[];
	lookedAt: { files: number; checks: number; instances: string[] };
}

export interface ReportedFinding {
	check: string;
	code: string;
	severity: Severity;
	/** The check's question. */
	title: string;
	message: string;
	fix: Fix;
	evidence: readonly Place[];
	instance?: string;
}

const RANK: Record<Severity, number> = { error: 0, warning: 1, note: 2 };

/** Worst first, then by code. */
export function reportOf(results: readonly CheckResult[], tree: Tree | undefined): TriageReport {
	const findings = results.flatMap(({ check, instance, outcome }) =>
		outcome.findings.map(({ message, fix, evidence, severity = check.severity }): ReportedFinding => ({
			check: check.id,
			code: check.code,
			severity,
			title: check.question,
			message,
			fix,
			evidence,
			...(instance === undefined ? {} : { instance }),
		})),
	);
	const couldNotLook = results.flatMap(({ check, instance, outcome }) =>
		(outcome.couldNotLook ?? []).map((one) => ({
			check: check.id,
			...(instance === undefined ? {} : { instance }),
			...one,
		})),
	);
	const instances = [...new Set(results.flatMap(({ instance }) => instance ?? []))];
	const checks = new Set(results.map(({ check }) => check.id)).size;
	return {
		findings: findings.toSorted((a, b) => RANK[a.severity] - RANK[b.severity] || (a.code < b.code ? -1 : 1)),
		couldNotLook,
		lookedAt: { files: tree?.files.length ?? 0, checks, instances },
	};
}
