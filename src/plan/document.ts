import { UserError } from "../errors/errors.ts";
import { BOM, lineAt, lineEnds, realHeadings } from "./headings.ts";
import { frontMatterEnd, otherEntry } from "./other-style.ts";

/** One dated section of docs/PLAN.md. Its text is kept as it is, whatever is in it. */
export interface Entry {
	/** YYYY-MM-DD */
	date: string;
	title: string;
	/** Line of the heading, counted from 1. */
	line: number;
	/** Heading and body, with their line ends. */
	text: string;
}

/** docs/PLAN.md: the head (title, preamble, table of contents) and its entries, in the order of the file. */
export interface PlanDocument {
	/** Everything before the first entry, byte-order mark included. */
	head: string;
	entries: Entry[];
}

const BEGINNING = /## \d{4}-/g;
const HEADING = /^## (\d{4}-\d{2}-\d{2}) [-–—] (.+?)\s*$/;
const FORM = "## YYYY-MM-DD - title";

/**
 * Splits at entry headings: column 0, level 2, a date, a dash. Other headings belong to the head or to their entry, and
 * what is no heading in CommonMark (in code, in a comment, in a list), or stands in front matter, is none here. `print(parse(text)) === text`.
 */
export function parse(text: string): PlanDocument {
	const first = text.startsWith(BOM) ? 1 : 0;
	const front = frontMatterEnd(text);
	const candidates = [...text.matchAll(BEGINNING)].flatMap(({ index }) =>
		(index === first || /[\r\n]/.test(text[index - 1]!)) && HEADING.test(lineAt(text, index)) ? [index] : [],
	);
	const starts = realHeadings(
		text,
		candidates.filter((index) => index >= front),
		front || first,
	);
	let [line, counted] = [1, 0];
	const entries = starts.map((start, at): Entry => {
		const [, date, title] = HEADING.exec(lineAt(text, start))!;
		line += lineEnds(text, counted, (counted = start));
		return { date: date!, title: title!, line, text: text.slice(start, starts[at + 1]) };
	});
	return { head: text.slice(0, starts[0]), entries };
}

/** The bytes of the file: what was not edited comes out as it was read. */
export const print = ({ head, entries }: PlanDocument): string => head + entries.map(({ text }) => text).join("");

/**
 * The file with `entry` (canonical text, LF) above its first entry, in the file's own line ends; every other byte stays.
 * @throws UserError plan_style when the file has entries of another form, or what is open in it would hide the entry
 */
export const insertEntry = (text: string, entry: string): string => print(withInserted(text, entry));

/** The same as a document; the lines of later entries are those of the text before. @throws as insertEntry */
export function withInserted(text: string, entry: string): PlanDocument {
	const { head, entries } = parse(text);
	assertOurStyle({ head, entries });
	const end = lineEndOf(text);
	const above =
		head.replace(BOM, "") === "" || head.endsWith(`${end}${end}`) ? "" : /[\r\n]$/.test(head) ? end : end + end;
	const below = entries.length > 0 ? end : "";
	const added = parse(head + above + entry.replaceAll("\n", end) + below);
	if (added.entries[0]?.text.startsWith(entry.split("\n", 1)[0]!))
		return { head: added.head, entries: [...added.entries, ...entries] };
	throw new UserError(
		"plan_style",
		"docs/PLAN.md has a comment, code block or tag before its entries that never ends",
		{
			hint: "close it, then put the entry at the top of docs/PLAN.md",
		},
	);
}

/** The first line end of a text; LF when it has none. */
export const lineEndOf = (text: string): string => /\r\n|\r|\n/.exec(text)?.[0] ?? "\n";

/** Entries of another form above ours, or instead of ours. */
function assertOurStyle({ head, entries }: PlanDocument): void {
	const line = otherEntry(head, entries.length > 0);
	if (line === undefined) return;
	throw new UserError("plan_style", `docs/PLAN.md:${line} is an entry of another form than ${FORM}`, {
		hint: `write the headings of entries as ${FORM}, newest first`,
	});
}
