import { leaving } from "../secrets/leaving.ts";

/** A point of a list, perhaps with points below it. */
type Point = string | { text: string; items: string[] };

/** What one rollout, rotation or `cres plan add` leaves in docs/PLAN.md. Texts may hold code spans; each is one line. */
export interface PlanEntry {
	/** When it was recorded; date and offset are those of the local zone. */
	at: Date;
	/** `user@host` that did it. */
	by?: string;
	title: string;
	/** A link to the entry that it takes back. */
	reverts?: string;
	objective: string;
	constraints?: string[];
	/** Why it was needed, or what went wrong. */
	rootCause?: string[];
	changes: Point[];
	followUp?: string[];
	/** Observed values, each group under its label. */
	validation: { label: string; observed: string[] }[];
	/** Steps that undo it, the first one the exact command. */
	rollback: string[];
}

/** The canonical text: LF, one blank line around headings, no blank line at the end. Secrets are redacted, control characters shown as escapes. */
export const renderEntry = (entry: PlanEntry): string => `${leaving(entryText(entry))}\n`;

/** The same before anything is redacted, for who refuses a secret. */
export function entryText(entry: PlanEntry): string {
	const stamp = localStamp(entry.at);
	const lines = [
		`## ${stamp.slice(0, 10)} - ${oneLine(entry.title)}`,
		"",
		`- Recorded: ${stamp}`,
		...(entry.by === undefined ? [] : [`- By: ${oneLine(entry.by)}`]),
		...(entry.reverts === undefined ? [] : [`- Reverts: ${oneLine(entry.reverts)}`]),
		`- Objective: ${oneLine(entry.objective)}`,
		...list("Constraints", entry.constraints),
		...list("Root cause", entry.rootCause),
		...list("Changes", entry.changes),
		...list("Follow-up", entry.followUp),
		"",
		"### Validation",
		"",
		...entry.validation.flatMap(({ label, observed }) => list(label, observed)),
		"",
		"### Rollback",
		"",
		...entry.rollback.map((step, index) => `${index + 1}. ${point(step)}`),
	];
	return lines.join("\n");
}

const list = (label: string, points: readonly Point[] = []): string[] =>
	points.length > 0 ? [`- ${oneLine(label)}:`, ...points.flatMap(pointLines)] : [];

const pointLines = (one: Point): string[] =>
	typeof one === "string"
		? [`  - ${point(one)}`]
		: [`  - ${point(one.text)}`, ...one.items.map((item) => `    - ${point(item)}`)];

const oneLine = (text: string): string => text.replaceAll(/\s*[\r\n]+\s*/g, " ").trim();

/** What would begin another block at the start of a point: a heading, a list, a quotation, code, HTML, a rule. */
const BLOCK = /^(?:#{1,6}(?=\s|$)|>|[+*-](?=\s|$)|(?:=+|-{2,})\s*$|(?:[-*_]\s*){3,}$|<[A-Za-z/!?]|~~~|```(?=[^`]*$))/;
const NUMBER = /^(\d{1,9})(?=[.)](?:\s|$))/;

/** One line that is nothing but the text of its point. */
const point = (text: string): string => oneLine(text).replace(BLOCK, "\\$&").replace(NUMBER, "$1\\");

/** `2026-11-23 10:15:00 +01:00` in the zone of this machine. */
export function localStamp(at: Date): string {
	const offset = -at.getTimezoneOffset();
	const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, "0");
	const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, 19).replace("T", " ");
	return `${local} ${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}
