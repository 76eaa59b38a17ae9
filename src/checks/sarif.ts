import type { Location, Log, Notification, PhysicalLocation, ReportingDescriptor, Result } from "sarif";
import type { CheckResult, Fix, Place } from "./triage-check.ts";
import type { CouldNotLook, ReportedFinding, TriageReport } from "./triage-report.ts";

/** GitHub takes no more of one run (docs.github.com, "SARIF support for code scanning"). */
const MOST_RESULTS = 25_000;
const ROOT = "%SRCROOT%";
/** What a finding of an instance is shown at: code scanning shows results of files alone. */
const CONFIGURATION = "cres.yaml";

type About = Pick<CheckResult["check"], "id" | "code" | "severity" | "question" | "why" | "example">;

/**
 * SARIF 2.1.0 (OASIS) as GitHub's code scanning takes it: one rule a check that ran, every side of a finding in
 * `locations` and `relatedLocations`, paths relative to the root of the tree. A check that failed or took too long makes the
 * run unsuccessful; what could not be looked at is in `toolExecutionNotifications` (§3.20.14, §3.20.21).
 */
export function sarifOf(report: TriageReport, checks: readonly About[], version: string): Log {
	const rules = checks.map(ruleOf);
	const index = new Map(checks.map(({ id }, at) => [id, at]));
	const seen = new Map<string, number>();
	const results = report.findings.slice(0, MOST_RESULTS).map((finding) => {
		const count = (seen.get(finding.fingerprint) ?? 0) + 1;
		seen.set(finding.fingerprint, count);
		return resultOf(finding, { ruleIndex: index.get(finding.check) ?? -1, count });
	});
	const left = report.findings.length - results.length;
	const notes = [
		...report.couldNotLook.map((one) => notLooked(one, index.get(one.check))),
		...(left > 0 ? [warningOf(`${left} findings are left out: there are more than ${MOST_RESULTS}`)] : []),
	];
	return {
		$schema: "https://json.schemastore.org/sarif-2.1.0.json",
		version: "2.1.0",
		runs: [
			{
				tool: { driver: { name: "cres triage", semanticVersion: version, rules } },
				columnKind: "utf16CodeUnits",
				originalUriBaseIds: { [ROOT]: { description: { text: "The folder that was looked at." } } },
				invocations: [{ executionSuccessful: !report.couldNotLook.some(isFault), toolExecutionNotifications: notes }],
				results,
			},
		],
	};
}

const isFault = ({ failed }: CouldNotLook): boolean => failed === true;

/** What was not looked at, such as an instance that does not answer, is no fault of the run; a check that failed is. */
const notLooked = (one: CouldNotLook, rule: number | undefined): Notification => ({
	...warningOf(`${one.check}${one.instance ? ` (${one.instance})` : ""} could not look: ${one.what}. ${one.how}`),
	...(isFault(one) ? { level: "error" } : {}),
	...(rule === undefined ? {} : { associatedRule: { index: rule } }),
});

const warningOf = (text: string): Notification => ({ level: "warning", message: { text } });

const ruleOf = ({ id, code, severity, question, why, example }: About): ReportingDescriptor => ({
	id: code,
	name: id,
	shortDescription: { text: question },
	fullDescription: { text: why },
	help: {
		text: `${why}\n\nExample: ${example}\n\ncres triage explain ${id} says how to silence it.`,
		markdown: `${why}\n\n**Example**: ${example}\n\n\`cres triage explain ${id}\` says how to silence it.`,
	},
	defaultConfiguration: { level: severity },
});

function resultOf(finding: ReportedFinding, { ruleIndex, count }: { ruleIndex: number; count: number }): Result {
	const { code, severity, message, fix, evidence, fingerprint } = finding;
	const [first, ...others] = evidence;
	const fixes = fixesOf(fix);
	return {
		ruleId: code,
		...(ruleIndex < 0 ? {} : { ruleIndex }),
		level: severity,
		message: { text: `${message}\n\nFix: ${fix.say}` },
		locations: [locationOf(first)],
		...(others.length === 0
			? {}
			: { relatedLocations: others.map((place, at) => ({ ...locationOf(place), id: at + 1 })) }),
		partialFingerprints: { "cresFinding/v1": fingerprint, primaryLocationLineHash: `${fingerprint}:${count}` },
		...(fixes === undefined ? {} : { fixes }),
	};
}

function locationOf(place: Place): Location {
	const message = { text: place.text.trim() };
	if ("path" in place) return { physicalLocation: physicalOf(place.path, place.line, place.text), message };
	const name = place.program === undefined ? place.host : `${place.host}/${place.program}`;
	return { physicalLocation: physicalOf(CONFIGURATION, 1), logicalLocations: [{ fullyQualifiedName: name }], message };
}

const physicalOf = (path: string, startLine: number, text?: string): PhysicalLocation => ({
	artifactLocation: { uri: uriOf(path), uriBaseId: ROOT },
	region: { startLine: Math.max(1, startLine), ...(text === undefined ? {} : { snippet: { text } }) },
});

/** A path as a relative reference (RFC 3986): a colon in its first part would be a scheme. */
const uriOf = (path: string): string =>
	path
		.split("/")
		.map((part) => encodeURIComponent(part.toWellFormed()))
		.join("/");

function fixesOf({ say, edit }: Fix): Result["fixes"] {
	if (edit === undefined) return undefined;
	const { path, line, before, after } = edit;
	const end =
		after === undefined ? { endLine: line + 1, endColumn: 1 } : { endLine: line, endColumn: before.length + 1 };
	const replacement = {
		deletedRegion: { startLine: line, startColumn: 1, ...end },
		...(after === undefined ? {} : { insertedContent: { text: after } }),
	};
	return [
		{
			description: { text: say },
			artifactChanges: [{ artifactLocation: { uri: uriOf(path), uriBaseId: ROOT }, replacements: [replacement] }],
		},
	];
}
