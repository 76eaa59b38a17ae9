import type { Place } from "./triage-check.ts";
import type { ReportedFinding, TriageReport } from "./triage-report.ts";

/** One block a finding: what, where, what to change; then what could not be looked at, and what was. */
export function renderTriage({ findings, couldNotLook, lookedAt }: TriageReport): string {
	const { files, checks } = lookedAt;
	return [
		...findings.map(renderFinding),
		...couldNotLook.map(({ check, what, how }) => `? ${check}: could not look: ${what}\n  → ${how}`),
		`${checks} checks looked at ${files} files: ${findings.length} findings, ${couldNotLook.length} times could not look`,
	].join("\n");
}

const renderFinding = ({ code, severity, message, evidence, fix }: ReportedFinding): string =>
	[`${severity} ${code} ${message}`, ...evidence.map((place) => `    ${renderPlace(place)}`), `  → ${fix.say}`].join(
		"\n",
	);

const renderPlace = (place: Place): string =>
	"path" in place
		? `${place.path}:${place.line}: ${place.text.trim()}`
		: `${place.host}${place.program === undefined ? "" : ` ${place.program}`}: ${place.text.trim()}`;
