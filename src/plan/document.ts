/** One dated section of docs/PLAN.md. Its text is kept as it is, whatever is in it. */
interface Entry {
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
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/**
 * Splits at entry headings: column 0, level 2, a date, a dash. Other headings belong to the head or to their entry,
 * and nothing inside a fenced code block is a heading. `print(parse(text)) === text` for every text.
 */
export function parse(text: string): PlanDocument {
	const document: PlanDocument = { head: "", entries: [] };
	let fence: string | undefined;
	for (const [index, line] of linesOf(text).entries()) {
		const mark = FENCE.exec(line)?.[1];
		if (mark && fence === undefined) fence = mark;
		else if (mark && fence !== undefined && mark.startsWith(fence)) fence = undefined;
		const heading = fence === undefined ? HEADING.exec(line) : null;
		if (heading) document.entries.push({ date: heading[1]!, title: heading[2]!, line: index + 1, text: line });
		else if (document.entries.length > 0) document.entries.at(-1)!.text += line;
		else document.head += line;
	}
	return document;
}

export const print = ({ head, entries }: PlanDocument): string => head + entries.map(({ text }) => text).join("");

/** Lines with their ends. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** The file with `entry` (canonical text, LF) above its first entry, in the file's own line ends; every other byte stays. */
export function insertEntry(text: string, entry: string): string {
	const document = parse(text);
	const end = text.includes("\r\n") ? "\r\n" : "\n";
	const above =
		document.head === "" || document.head.endsWith(`${end}${end}`)
			? ""
			: document.head.endsWith("\n")
				? end
				: end + end;
	const below = document.entries.length > 0 ? end : "";
	return document.head + above + entry.replaceAll("\n", end) + below + document.entries.map((one) => one.text).join("");
}
