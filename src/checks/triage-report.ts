import { maskedLine, maskedProse } from "./mask.ts";
import { languageOf } from "./tree/languages.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { SilenceReport } from "./silences.ts";
import type { CheckResult, Fix, Found, NotLooked, Place, Severity } from "./triage-check.ts";
import type { Tree } from "./tree/tree.ts";

/** What `cres triage` returns under --json. */
export interface TriageReport {
	/** Worst first. */
	findings: ReportedFinding[];
	couldNotLook: CouldNotLook[];
	lookedAt: LookedAt;
	/** Those of cres.yaml about checks that looked. */
	silences: SilenceReport[];
	/** With --since: `known` findings are in that revision too, and are left out; those of instances are not compared. */
	since?: { revision: string; known: number; notCompared: number };
	/** Where instances were asked: what is behind the findings, each of which stands once. */
	causes?: Cause[];
}

/** Why something is wrong, with what follows from it folded below. */
export interface Cause {
	finding: ReportedFinding;
	/** What it explains, worst first. */
	symptoms: ReportedFinding[];
	/** RFC 3339, when its evidence was first seen; null when nothing tells. */
	firstSeen: string | null;
	/** The last release, commit, rotation and change of settings before that, newest first. */
	changed: string[];
}

export type CouldNotLook = { check: string; instance?: string } & NotLooked;

export interface LookedAt {
	files: number;
	checks: number;
	instances: string[];
	/** Text files that are too large to be sources. */
	tooLarge: number;
}

export interface ReportedFinding {
	check: string;
	code: string;
	severity: Severity;
	/** The check's question. */
	title: string;
	message: string;
	fix: Fix;
	/** All sides, the one to change first. */
	evidence: readonly [Place, ...Place[]];
	/** Stays while the text stays. */
	fingerprint: string;
	instance?: string;
}

export const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };
/** Characters of a line that leave; minified files have lines of a megabyte. */
const MOST_TEXT = 240;

/** The findings of all checks, worst first, then by code, then in the order of the check. */
export const findingsOf = (results: readonly CheckResult[]): ReportedFinding[] =>
	results
		.flatMap((result) => result.outcome.findings.map((found) => reported(result, found)))
		.toSorted((a, b) => RANK[a.severity] - RANK[b.severity] || (a.code < b.code ? -1 : a.code > b.code ? 1 : 0));

function reported({ check, instance }: CheckResult, found: Found): ReportedFinding {
	const { message, fix, evidence, severity = check.severity } = found;
	const [first, ...others] = evidence;
	return {
		...{ check: check.id, code: check.code, severity, title: check.question },
		...{ message: maskedProse(message), fix: shownFix(fix) },
		evidence: [shown(first), ...others.map(shown)],
		fingerprint: fingerprintOf(check.id, found),
		...(instance === undefined ? {} : { instance }),
	};
}

/** A place as it may leave: without what looks like a secret, and not longer than a line is read. */
function shown(place: Place): Place {
	const text = maskedLine(place.text, "path" in place ? languageOf(place.path, "") : "text");
	return { ...place, text: text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text };
}

/** A change of a line with a secret would show it: that one is made by hand. */
function shownFix({ say, edit }: Fix): Fix {
	const isOpen = (text: string): boolean => maskedLine(text, languageOf(edit!.path, "")) === text;
	const hides = edit && !(isOpen(edit.before) && isOpen(edit.after ?? ""));
	return { say: maskedProse(say), ...(edit && !hides ? { edit } : {}) };
}

/** What no check could see, with the way to it. */
export const couldNotLookOf = (results: readonly CheckResult[]): CouldNotLook[] =>
	results.flatMap(({ check, instance, outcome }) =>
		(outcome.couldNotLook ?? []).map((one) => ({
			check: check.id,
			...(instance === undefined ? {} : { instance }),
			...{ ...one, what: maskedProse(one.what) },
		})),
	);

/** Ids of the checks that looked at something. */
export const lookedIn = (results: readonly CheckResult[]): Set<string> =>
	new Set(
		results.flatMap(({ check, outcome }) =>
			outcome.findings.length > 0 || (outcome.couldNotLook ?? []).length === 0 ? check.id : [],
		),
	);

/** What the checks looked at, and what of the tree they did not read. */
export function lookedAtOf(results: readonly CheckResult[], tree: Tree | undefined): LookedAt {
	const instances = [...new Set(results.flatMap(({ instance }) => instance ?? []))];
	const tooLarge = tree?.skipped.filter(({ large }) => large).length ?? 0;
	return { files: tree?.files.length ?? 0, checks: lookedIn(results).size, instances, tooLarge };
}

/** Text files that this user may not read, or that there are none: a check that says nothing of them did not look at them. */
export const unreadIn = (tree: Tree): CouldNotLook[] => [
	...(tree.files.length > 0
		? []
		: [
				{
					check: "files",
					what: `${tree.root} has no text file`,
					how: "give another folder: cres triage --static PATH",
				},
			]),
	...tree.skipped.flatMap(({ path, why, large }) =>
		large ? [] : [{ check: "files", what: `${path} was not read: ${why}`, how: "let this user read it" }],
	),
];
