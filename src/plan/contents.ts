import { anchorsOf } from "./anchors.ts";
import { lineEndOf, type Entry, type PlanDocument } from "./document.ts";
import { headHeadings, lineNumber, linesOf } from "./headings.ts";
import { idsOf } from "./ids.ts";
import { plainText } from "./inline.ts";
import { stampOf } from "./stamp.ts";
import { revertedBy, statusOf } from "./status.ts";

/** A row of the table of contents. */
interface ContentsRow {
	/** Counted from 1. */
	line: number;
	cells: string[];
	/** The anchor that its link leads to. */
	target: string | undefined;
	/** Text of its link, as it is read. */
	title: string;
}

/** The table of contents of a head. */
export interface Contents {
	/** Indexes of lines of the head: its header, and the first line behind it. */
	from: number;
	to: number;
	columns: string[];
	rows: ContentsRow[];
}

const TITLE = /^#{1,6}[ \t]+(?:table of )?contents[ \t]*#*[ \t]*$/i;
const COLUMNS = ["Date", "Plan", "Status", "Completed"];
/** Name of the column with the links. A table without one is none of ours. */
const LINKS = /\b(?:plans?|titles?|entry|entries)\b/i;
const DATE = /^date\b/i;
const hasLinks = (column: string): boolean => LINKS.test(column) && !DATE.test(column);
/** A code span, or a character with its backslash. */
const CODE_OR_ESCAPE = /(`+)[^`]*\1|\\./g;
const DELIMITER = /^[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)*[ \t]*:?-*:?[ \t]*$/;

/** The first table below the heading `Table of Contents`, or undefined. */
export function contentsOf({ head }: Pick<PlanDocument, "head">): Contents | undefined {
	if (!/contents/i.test(head)) return undefined;
	const whole = linesOf(head);
	const lines = whole.map((line) => line.replace(/[\r\n]+$/, ""));
	const headings = [...headHeadings(whole).keys()];
	const isTable = (at: number): boolean =>
		lines[at]!.includes("|") &&
		cellsOf(lines[at]!).some(hasLinks) &&
		/-/.test(lines[at + 1] ?? "") &&
		DELIMITER.test(lines[at + 1] ?? "");
	for (const title of headings.filter((at) => TITLE.test(lines[at]!))) {
		const end = headings.find((at) => at > title) ?? lines.length;
		const from = lines.findIndex((_, at) => at > title && at + 1 < end && isTable(at));
		if (from >= 0) return tableAt(whole, lines, { from, end });
	}
	return undefined;
}

function tableAt(
	whole: readonly string[],
	lines: readonly string[],
	{ from, end }: { from: number; end: number },
): Contents {
	let to = from + 2;
	while (to < end && lines[to]!.includes("|")) to++;
	const rows = lines.slice(from + 2, to).map((line, at) => rowOf(line, lineNumber(whole, from + 2 + at)));
	return { from, to, columns: cellsOf(lines[from]!), rows };
}

const LINK = /\[((?:[^[\]\\]|\\.)*)\]\((?:<#([^<>]*)>|#([^\s()]*))\)/;

function rowOf(text: string, line: number): ContentsRow {
	const cells = cellsOf(text);
	for (const cell of cells) {
		const found = LINK.exec(withoutCode(cell));
		if (!found) continue;
		const [, { length }, angled, bare] = found as unknown as [string, string, string?, string?];
		const title = cell.slice(found.index + 1, found.index + 1 + length).replaceAll("\\|", "|");
		return { line, cells, target: angled ?? bare, title: plainText(title) };
	}
	return { line, cells, target: undefined, title: "" };
}

/** In the same length: brackets in code are none of a link. */
const withoutCode = (text: string): string =>
	text.replaceAll(CODE_OR_ESCAPE, (part) => (part.startsWith("`") ? "x".repeat(part.length) : part));

const cellsOf = (line: string): string[] =>
	line
		.trim()
		.replace(/^\|/, "")
		.replace(/(?<!\\)\|$/, "")
		.split(/(?<!\\)\|/)
		.map((cell) => cell.trim());

/**
 * The head with its table of contents made again from the entries, in their order; every other line stays. Columns that are
 * not ours keep their cells. Without a table the head stays as it is, or gets one at its end when `make` is set.
 */
export function withContents(document: PlanDocument, { make = false } = {}): string {
	const { head } = document;
	const contents = contentsOf(document);
	if (!contents && (!make || document.entries.length === 0)) return head;
	const end = lineEndOf(head + (document.entries[0]?.text ?? ""));
	const table = tableOf(document, contents ?? { columns: COLUMNS, rows: [] });
	if (!contents) return newTable(document, table, end);
	const lines = linesOf(head);
	const own = /[\r\n]+$/.exec(lines[contents.to - 1]!)?.[0] ?? end; // with another one, what follows could become a part of it
	const kept = lines.slice(contents.from, contents.from + 2).join("");
	const below = lines.slice(contents.to).join("");
	return (
		lines.slice(0, contents.from).join("") +
		kept +
		table
			.slice(2)
			.map((line) => line + own)
			.join("") +
		below
	);
}

/** Its anchors count the heading of the table too. */
function newTable({ head, entries }: PlanDocument, table: string[], end: string): string {
	const above = head === "" || head.endsWith(end + end) ? head : head.endsWith(end) ? head + end : head + end + end;
	return `${above}## Table of Contents${end}${end}${table.join(end)}${end}${entries.length > 0 ? end : ""}`;
}

function tableOf(document: PlanDocument, { columns, rows }: Pick<Contents, "columns" | "rows">): string[] {
	const anchors = anchorsOf(document).entries;
	const ids = idsOf(document.entries);
	const reverted = revertedBy(document);
	const before = matched(document, anchors, rows);
	const body = document.entries.map((entry, at) => {
		const old = before.get(at)?.cells ?? [];
		const status = statusOf(entry, [anchors[at]!, ids[at]!], reverted);
		return columns.map((column, index) => cellOf(column, { entry, anchor: anchors[at]!, status }, old[index]));
	});
	const delimiter = columns.map(() => "---");
	return [columns, delimiter, ...body].map((cells) => `| ${cells.join(" | ")} |`);
}

interface Facts {
	entry: Entry;
	anchor: string;
	status: string | undefined;
}

function cellOf(column: string, { entry, anchor, status }: Facts, old: string | undefined): string {
	const name = column.toLowerCase();
	if (DATE.test(name)) return entry.date;
	if (hasLinks(name)) return `[${linkText(entry.title)}](#${anchor})`;
	if (/\bstatus\b/.test(name)) return status === undefined ? (old ?? "`[PENDING]`") : `\`[${status}]\``;
	if (/\bcomplet|\btime\b/.test(name)) {
		const time = /\d{2}:\d{2}:\d{2}/.exec(stampOf(entry.text) ?? "")?.[0];
		return status === "DONE" && time !== undefined ? time : (old ?? "-");
	}
	return old ?? "-";
}

/** The title inside of brackets and of a cell: its code spans stay, brackets outside of them and a last backslash are escaped. */
const linkText = (title: string): string =>
	title
		.replaceAll(new RegExp(`${CODE_OR_ESCAPE.source}|[[\\]\\\\]`, "g"), (part) =>
			part.length === 1 ? `\\${part}` : part,
		)
		.replaceAll(/(?<!\\)\|/g, "\\|");

/** Index of an entry → its old row: by the link, by the title, or as the only one that is left of its date. */
function matched(
	{ entries }: PlanDocument,
	anchors: readonly string[],
	rows: readonly ContentsRow[],
): Map<number, ContentsRow> {
	const found = new Map<number, ContentsRow>();
	const left = new Set(rows);
	const match = (at: number | undefined, row: ContentsRow): void => {
		if (at === undefined || found.has(at)) return;
		found.set(at, row);
		left.delete(row);
	};
	const byAnchor = Map.groupBy(entries.keys(), (at) => anchors[at]!);
	const byTitle = Map.groupBy(entries.keys(), (at) => `${entries[at]!.date} ${plainText(entries[at]!.title)}`);
	for (const row of [...left]) match(byAnchor.get(row.target ?? "")?.[0], row);
	for (const row of [...left]) match(byTitle.get(`${dateOf(row)} ${row.title}`)?.[0], row);
	const open = Map.groupBy(
		[...entries.keys()].filter((at) => !found.has(at)),
		(at) => entries[at]!.date,
	);
	for (const [date, group] of Map.groupBy(left, dateOf))
		if (group.length === 1 && open.get(date)?.length === 1) match(open.get(date)![0], group[0]!);
	return found;
}

const dateOf = ({ cells }: ContentsRow): string => /\d{4}-\d{2}-\d{2}/.exec(cells.join(" "))?.[0] ?? "";
