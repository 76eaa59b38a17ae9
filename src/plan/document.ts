import { UserError } from "../errors/errors.ts";
import { BOM, headingLines, lineNumber, linesOf, realHeadings } from "./headings.ts";

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

const HEADING = /^## (\d{4}-\d{2}-\d{2}) [-–—] (.+?)\s*$/;
/** A heading with a date in front, perhaps behind a version: an entry, in one of the forms that people use. */
const DATED =
	/^(?:#{1,6}[ \t]+)?(?:\[?v?\d+(?:\.\d+)+[\w.-]*\]?[ \t]*[-–—:]?[ \t]*)?[[(]?(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})(?!\d)/;
const FORM = "## YYYY-MM-DD - title";

/**
 * Splits at entry headings: column 0, level 2, a date, a dash. Other headings belong to the head or to their entry, and
 * what is no heading in CommonMark (in code, in a comment, in a list) is none here. `print(parse(text)) === text`.
 */
export function parse(text: string): PlanDocument {
	const lines = linesOf(text);
	const candidates = lines.flatMap((line, at) => (line.startsWith("## ") && HEADING.test(line) ? [at] : []));
	const starts = realHeadings(lines, candidates);
	const between = (at: number, index: number): string => lines.slice(at, starts[index + 1]).join("");
	const entries = starts.map((at, index): Entry => {
		const [, date, title] = HEADING.exec(lines[at]!)!;
		return { date: date!, title: title!, line: lineNumber(lines, at), text: between(at, index) };
	});
	return { head: lines.slice(0, starts[0]).join(""), entries };
}

export const print = ({ head, entries }: PlanDocument): string => head + entries.map(({ text }) => text).join("");

/**
 * The file with `entry` (canonical text, LF) above its first entry, in the file's own line ends; every other byte stays.
 * @throws UserError plan_style when the file has entries of another form, or what is open in it would hide the entry
 */
export function insertEntry(text: string, entry: string): string {
	const document = parse(text);
	assertOurStyle(document);
	const end = /\r\n|\r|\n/.exec(text)?.[0] ?? "\n";
	const { head } = document;
	const above =
		head.replace(BOM, "") === "" || head.endsWith(`${end}${end}`) ? "" : /[\r\n]$/.test(head) ? end : end + end;
	const below = document.entries.length > 0 ? end : "";
	const added = head + above + entry.replaceAll("\n", end) + below;
	if (parse(added).entries[0]?.text.startsWith(entry.split("\n", 1)[0]!))
		return added + document.entries.map((one) => one.text).join("");
	throw new UserError(
		"plan_style",
		"docs/PLAN.md has a comment, code block or tag before its entries that never ends",
		{
			hint: "close it, then put the entry at the top of docs/PLAN.md",
		},
	);
}

/** Entries of another form above ours, or instead of ours. */
function assertOurStyle({ head }: PlanDocument): void {
	const lines = linesOf(head);
	const [first, ...rest] = [...headingLines(lines)].map(([at, level]) => ({ at, level }));
	const other = [...(first && first.level > 1 ? [first] : []), ...rest].find(({ at }) => DATED.test(lines[at]!));
	if (!other) return;
	throw new UserError(
		"plan_style",
		`docs/PLAN.md:${lineNumber(lines, other.at)} is an entry of another form than ${FORM}`,
		{
			hint: `write the headings of entries as ${FORM}, newest first`,
		},
	);
}
