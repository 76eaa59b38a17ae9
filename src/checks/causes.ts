import { CAUSE_RULES, type CauseRule } from "./cause-rules.ts";
import type { RuntimeFacts } from "./runtime/facts.ts";
import { whatChanged } from "./runtime/what-changed.ts";
import { RANK, type Cause, type ReportedFinding } from "./triage-report.ts";

/** Each finding stands once: as a cause, or as a symptom of the deepest cause that explains it. Worst first. Pure. */
export function causesOf(findings: readonly ReportedFinding[], facts: RuntimeFacts): Cause[] {
	const runtime = findings.filter(({ code }) => code.startsWith("TR"));
	const above = new Map(runtime.map((finding) => [finding, explanationOf(finding, runtime, facts)]));
	const rootOf = (finding: ReportedFinding): ReportedFinding => {
		const seen = new Set<ReportedFinding>();
		let at = finding;
		for (let next = above.get(at); next && !seen.has(next); next = above.get(at)) {
			seen.add(at);
			at = next;
		}
		return at;
	};
	const groups = Map.groupBy(runtime, rootOf);
	const causes = [...groups].map(([finding, all]): Cause => {
		const symptoms = all.filter((one) => one !== finding).toSorted(byRank);
		const firstSeen = seenFirst(finding);
		return { finding, symptoms, firstSeen, changed: whatChanged(facts, finding.instance, firstSeen) };
	});
	return causes.toSorted(
		(a, b) => byRank(worstOf(a), worstOf(b)) || b.symptoms.length - a.symptoms.length || depth(a) - depth(b),
	);
}

const byRank = (a: Pick<ReportedFinding, "severity">, b: Pick<ReportedFinding, "severity">): number =>
	RANK[a.severity] - RANK[b.severity];

const worstOf = ({ finding, symptoms }: Cause): ReportedFinding => [finding, ...symptoms].toSorted(byRank)[0]!;

const depth = ({ finding }: Cause): number => {
	const at = CAUSE_RULES.findIndex(({ cause }) => cause === finding.check);
	return at < 0 ? CAUSE_RULES.length : at;
};

function explanationOf(
	symptom: ReportedFinding,
	findings: readonly ReportedFinding[],
	facts: RuntimeFacts,
): ReportedFinding | undefined {
	for (const rule of CAUSE_RULES) {
		if (!rule.explains.includes(symptom.check) || rule.where?.test(symptom.message) === false) continue;
		const cause = findings.find((one) => one !== symptom && isCause(rule, one) && touches(one, symptom, facts));
		if (cause) return cause;
	}
	return undefined;
}

const isCause = ({ cause, says }: CauseRule, { check, message }: ReportedFinding): boolean =>
	check === cause && says?.test(message) !== false;

/** The same instance; the control side for all; an instance for a queue of its role. */
function touches(cause: ReportedFinding, symptom: ReportedFinding, { instances }: RuntimeFacts): boolean {
	if (cause.instance === undefined || cause.instance === symptom.instance) return true;
	if (symptom.instance !== undefined) return false;
	const roles = instances.find(({ name }) => name === cause.instance)?.roles ?? [];
	return roles.some((role) => symptom.message.includes(`@${role}`));
}

function seenFirst({ evidence }: ReportedFinding): string | null {
	const times = evidence.flatMap((place) => ("host" in place && place.at !== undefined ? [place.at] : []));
	return times.toSorted()[0] ?? null;
}
