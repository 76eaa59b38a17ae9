import { lineFingerprintOf } from "./fingerprint.ts";
import type { ReportedFinding, TriageReport } from "./triage-report.ts";

/**
 * The report without what the findings of another revision have too: the same check at the same text. As often as the
 * text has a finding there, so often it is known.
 */
export function sinceRevision(
	report: TriageReport,
	before: readonly ReportedFinding[],
	revision: string,
): TriageReport {
	const known = new Map<string, number>();
	for (const finding of before) known.set(keyOf(finding), (known.get(keyOf(finding)) ?? 0) + 1);
	const findings = report.findings.filter((finding) => {
		const left = known.get(keyOf(finding)) ?? 0;
		if (left > 0) known.set(keyOf(finding), left - 1);
		return left === 0;
	});
	const notCompared = findings.filter(({ code }) => code.startsWith("TR")).length;
	return { ...report, findings, since: { revision, known: report.findings.length - findings.length, notCompared } };
}

const keyOf = (finding: ReportedFinding): string => lineFingerprintOf(finding.check, finding);
