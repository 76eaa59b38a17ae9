import { leaving } from "../secrets/leaving.ts";

/** What one rollout or rotation leaves in docs/PLAN.md. Texts may hold code spans; each is one line. */
export interface PlanEntry {
	/** When it was recorded; date and offset are those of the local zone. */
	at: Date;
	/** `user@host` that did it. */
	by?: string;
	title: string;
	objective: string;
	/** Why it was needed, or what went wrong. */
	rootCause?: string[];
	changes: string[];
	/** Observed values, each group under its label. */
	validation: { label: string; observed: string[] }[];
	/** Steps that undo it, the first one the exact command. */
	rollback: string[];
}

/** The canonical text: LF, one blank line around headings, no blank line at the end. Secrets are redacted, control characters shown as escapes. */
export function renderEntry(entry: PlanEntry): string {
	const list = (label: string, items: readonly string[] | undefined): string[] =>
		items && items.length > 0 ? [`- ${label}:`, ...items.map((item) => `  - ${oneLine(item)}`)] : [];
	const stamp = localStamp(entry.at);
	const lines = [
		`## ${stamp.slice(0, 10)} - ${oneLine(entry.title)}`,
		"",
		`- Recorded: ${stamp}`,
		...(entry.by === undefined ? [] : [`- By: ${oneLine(entry.by)}`]),
		`- Objective: ${oneLine(entry.objective)}`,
		...list("Root cause", entry.rootCause),
		...list("Changes", entry.changes),
		"",
		"### Validation",
		"",
		...entry.validation.flatMap(({ label, observed }) => list(label, observed)),
		"",
		"### Rollback",
		"",
		...entry.rollback.map((step, index) => `${index + 1}. ${oneLine(step)}`),
	];
	return `${leaving(lines.join("\n"))}\n`;
}

const oneLine = (text: string): string => text.replaceAll(/\s*[\r\n]+\s*/g, " ").trim();

/** `2026-11-23 10:15:00 +01:00` in the zone of this machine. */
export function localStamp(at: Date): string {
	const offset = -at.getTimezoneOffset();
	const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, "0");
	const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, 19).replace("T", " ");
	return `${local} ${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}
