import { COLUMNS } from "../system/text.ts";
import type { CheckResult, Place } from "./triage-check.ts";
import type { Cause } from "./triage-report.ts";

type Mark = "✖" | "!" | "?" | "✔" | " ";
const WORST: readonly Mark[] = ["✖", "!", "?", "✔", " "];
/** Rows of the matrix that are shown although all is well. */
const MOST_WELL = 20;
const SHOWN_SYMPTOMS = 6;
const SHOWN_EVIDENCE = 4;

/** Instance × check, worst first; then the causes, each with what it explains; then what to type. */
export const renderRuntime = (results: readonly CheckResult[], causes: readonly Cause[]): string =>
	[...matrix(results), ...causes.flatMap((cause, at) => ["", ...renderCause(cause, at + 1)]), ...next(causes)].join(
		"\n",
	);

function matrix(results: readonly CheckResult[]): string[] {
	const runtime = results.filter(({ check }) => check.scope === "runtime");
	const ofControl = runtime.filter(({ instance }) => instance === undefined);
	const own = runtime.filter(({ instance }) => instance !== undefined);
	const codes = [...new Set(own.map(({ check }) => check.code))].toSorted();
	const rows = [...Map.groupBy(own, ({ instance }) => instance!)].map(([name, cells]) => {
		const marks = codes.map((code) => markOf(cells.find(({ check }) => check.code === code)));
		return { name, marks, worst: WORST.findIndex((mark) => marks.includes(mark)) };
	});
	const ordered = rows.toSorted((a, b) => a.worst - b.worst || count(b.marks) - count(a.marks));
	const well = ordered.filter(({ worst }) => WORST[worst] === "✔");
	const shown = ordered.filter((row) => WORST[row.worst] !== "✔" || well.indexOf(row) < MOST_WELL);
	const width = Math.min(24, Math.max(0, ...shown.map(({ name }) => name.length)));
	const control = ofControl.map((result) => `${markOf(result)} ${result.check.code}`).join("  ");
	return [
		...(control === "" ? [] : [`control  ${control}`]),
		...(shown.length === 0 ? [] : [`${"".padEnd(width + 4)}${codes.map((code) => code.slice(-2)).join(" ")}`]),
		...shown.map(
			({ name, marks, worst }) =>
				`${WORST[worst]} ${name.slice(0, width).padEnd(width)}  ${marks.map((mark) => mark.padStart(2)).join(" ")}`,
		),
		...(well.length > MOST_WELL ? [`✔ ${well.length - MOST_WELL} more instances: every check passed`] : []),
	];
}

const count = (marks: readonly Mark[]): number => marks.filter((mark) => mark === "✖").length;

function markOf(result: CheckResult | undefined): Mark {
	if (!result) return " ";
	const { check, outcome } = result;
	const severities = outcome.findings.map(({ severity = check.severity }) => severity);
	if (severities.includes("error")) return "✖";
	if (severities.length > 0) return "!";
	return (outcome.couldNotLook ?? []).length > 0 ? "?" : "✔";
}

function renderCause({ finding, symptoms, firstSeen, changed }: Cause, number: number): string[] {
	const since = firstSeen === null ? "" : ` (first seen ${firstSeen})`;
	const more = symptoms.length - SHOWN_SYMPTOMS;
	return [
		`${number}. ${finding.severity === "error" ? "✖" : "!"} ${finding.code} ${finding.message}${since}`,
		...finding.evidence.slice(0, SHOWN_EVIDENCE).map((place) => `     ${renderPlace(place)}`),
		...(symptoms.length === 0 ? [] : [`   explains ${symptoms.length}:`]),
		...symptoms.slice(0, SHOWN_SYMPTOMS).map(({ code, message }) => `     ${code} ${message}`),
		...(more > 0 ? [`     and ${more} more`] : []),
		...(changed.length === 0 ? [] : [`   what changed: ${changed.join("; ")}`]),
		`   → ${finding.fix.say}`,
	];
}

const renderPlace = (place: Place): string => {
	if ("path" in place) return `${place.path}:${place.line}: ${place.text.trim()}`;
	const { host, program, at, text } = place;
	const when = at === undefined ? "" : `${at} `;
	return `${when}${host}${program === undefined ? "" : ` ${program}`}: ${text.trim()}`.slice(0, 4 * COLUMNS);
};

/** What to type, each once, the worst cause's first. */
function next(causes: readonly Cause[]): string[] {
	const commands = [...new Set(causes.flatMap(({ finding }) => /\bcres (?:\S+ ?)+/.exec(finding.fix.say)?.[0] ?? []))];
	const typed = commands
		.map((command) => command.replace(/[,;:].*$/, "").trim())
		.filter((command) => !command.includes(" build or"));
	return typed.length === 0 ? [] : ["", "next:", ...[...new Set(typed)].slice(0, 5).map((command) => `  ${command}`)];
}
