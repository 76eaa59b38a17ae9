import { COLUMNS, counted, wrap } from "../system/text.ts";
import { endedSilence, type SilenceReport } from "./silences.ts";
import type { Place, Severity } from "./triage-check.ts";
import type { CouldNotLook, LookedAt, ReportedFinding, TriageReport } from "./triage-report.ts";

const MARK: Readonly<Record<Severity, string>> = { error: "✖", warning: "▲", note: "•" };
/** Findings of one check that are shown whole; of more the first ones are listed. */
const WHOLE = 3;
const LISTED = 5;
/** Sides of one finding. */
const SIDES = 6;

export interface RenderOptions {
	/** Of the screen; default: 80. */
	columns?: number;
	/** Every finding whole, however many one check has. */
	unfolded?: boolean;
	/** What instances said, with the causes of it: their findings are told there. */
	runtime?: string | undefined;
}

/** One block a finding, worst first: what, where, what to change; then what could not be looked at, and what was. */
export function renderTriage(
	report: TriageReport,
	{ columns = COLUMNS, unfolded = false, runtime }: RenderOptions = {},
): string {
	const { findings, couldNotLook, silences, since, lookedAt } = report;
	const here = runtime === undefined ? findings : findings.filter(({ code }) => !code.startsWith("TR"));
	const groups = [...Map.groupBy(here, ({ check, severity }) => `${severity} ${check}`).values()];
	return [
		...(runtime === undefined ? [] : [runtime]),
		...groups.flatMap((group) =>
			unfolded || group.length <= WHOLE
				? group.map((one) => renderFinding(one, columns))
				: [renderFolded(group, columns)],
		),
		...renderCouldNot(couldNotLook, columns),
		...renderSilences(silences, columns),
		...(since === undefined ? [] : sinceLines(since)),
		renderEnd(findings, couldNotLook, lookedAt),
	].join("\n\n");
}

function renderFinding({ severity, code, check, instance, message, evidence, fix }: ReportedFinding, columns: number) {
	const where = instance === undefined ? "" : `  ${instance}`;
	return [
		`${MARK[severity]} ${severity}  ${code}  ${check}${where}`,
		...indented(message, 2, columns),
		...evidence.slice(0, SIDES).map((place) => renderPlace(place, columns)),
		...(evidence.length > SIDES ? [`    … and ${evidence.length - SIDES} more places`] : []),
		`  → ${oneLine(fix.say)}`,
	].join("\n");
}

/** Many findings of one check are one block: the first ones, and how many more. */
function renderFolded(group: readonly ReportedFinding[], columns: number): string {
	const [{ severity, code, check, title, fix }] = group as [ReportedFinding];
	const more = group.length - LISTED;
	return [
		`${MARK[severity]} ${severity}  ${code}  ${check}  × ${group.length}`,
		...indented(title, 2, columns),
		...group
			.slice(0, LISTED)
			.map(({ evidence: [first], message }) => cut(`    ${oneLine(at(first))}  ${oneLine(message)}`, columns)),
		...(more > 0 ? [`    … and ${more} more`] : []),
		`  → ${oneLine(fix.say)}`,
		`  → to see all of them: the same command with --only ${check}`,
	].join("\n");
}

const at = (place: Place): string =>
	"path" in place
		? `${place.path}:${place.line}`
		: `${place.host}${place.program === undefined ? "" : ` ${place.program}`}`;

const renderPlace = (place: Place, columns: number): string =>
	cut(`    ${oneLine(at(place))}  ${oneLine(place.text)}`, columns);

/** What is missing for the same reason is one block. */
function renderCouldNot(all: readonly CouldNotLook[], columns: number): string[] {
	const groups = [...Map.groupBy(all, ({ what, how }) => `${what}\0${how}`).values()];
	return groups.map((group) => {
		const [{ what, how }] = group as [CouldNotLook];
		const names = [
			...new Set(group.map(({ check, instance }) => (instance === undefined ? check : `${check} (${instance})`))),
		];
		return [
			...indented(`? could not look: ${names.join(", ")}: ${oneLine(what)}`, 0, columns),
			`  → ${oneLine(how)}`,
		].join("\n");
	});
}

/** How many there are and since when is always shown; those that ended say what to do. */
function renderSilences(silences: readonly SilenceReport[], columns: number): string[] {
	if (silences.length === 0) return [];
	const active = silences.filter(({ state }) => state === "silencing");
	const count = active.reduce((sum, { findings }) => sum + findings, 0);
	const oldest = Math.max(0, ...active.map(({ ageDays }) => ageDays));
	const head =
		active.length === 0 ? [] : [`${counted(count, "finding")} silenced, for ${counted(oldest, "day")} at most`];
	const ended = silences
		.filter(({ state }) => state !== "silencing")
		.flatMap((one) => indented(endedSilence(one), 0, columns));
	return [[...head, ...ended].join("\n")];
}

const sinceLines = ({ revision, known, notCompared }: NonNullable<TriageReport["since"]>): string[] => [
	...(known === 0
		? []
		: [
				`${counted(known, "finding")} of ${revision} ${known === 1 ? "is" : "are"} not shown; leave --since out to see ${known === 1 ? "it" : "them"}`,
			]),
	...(notCompared === 0
		? []
		: [
				`${counted(notCompared, "finding")} of instances ${notCompared === 1 ? "is" : "are"} not compared: ${revision} says nothing of what runs`,
			]),
];

function renderEnd(
	findings: readonly ReportedFinding[],
	couldNot: readonly CouldNotLook[],
	lookedAt: LookedAt,
): string {
	const { files, checks, instances, tooLarge } = lookedAt;
	const of = (severity: Severity) => findings.filter((one) => one.severity === severity).length;
	const counts = (["error", "warning", "note"] as const).flatMap((one) => (of(one) > 0 ? [counted(of(one), one)] : []));
	const looked = [
		counted(checks, "check"),
		counted(files, "file"),
		...(instances.length > 0 ? [counted(instances.length, "instance")] : []),
	];
	return [
		`${counts.length === 0 ? "nothing found" : counts.join(", ")}; looked at: ${looked.join(", ")}`,
		...(tooLarge > 0 ? [`${counted(tooLarge, "file")} of data not read (more than 1 MiB, or repetitive)`] : []),
		...(couldNot.length > 0
			? [`${counted(new Set(couldNot.map(({ check }) => check)).size, "check")} could not look at everything`]
			: []),
	].join("\n");
}

const indented = (text: string, by: number, columns: number): string[] =>
	wrap(oneLine(text), columns - by).map((line) => `${" ".repeat(by)}${line}`);

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
const cut = (line: string, columns: number): string =>
	line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
