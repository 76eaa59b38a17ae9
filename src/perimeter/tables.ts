import { Table, parser } from "@lezer/markdown";
import { countUpTo } from "../system/ascending.ts";
import { childrenOf, markdownTree, type MarkdownNode } from "../system/markdown-nodes.ts";
import { ownOf } from "../system/own-of.ts";

const markdown = parser.configure([Table]);

/** What stands between two delimiters of a row. Offsets count UTF-16 units of the text. */
export interface Cell {
	from: number;
	to: number;
	/** As it is read, without Markdown's marks. */
	text: string;
}

export interface Row {
	/** Counted from 1. */
	line: number;
	/** Behind its last character that is no blank. */
	end: number;
	/** A delimiter ends it. */
	closed: boolean;
	cells: Cell[];
}

export interface TextTable {
	header: Row;
	rows: Row[];
	/** Where the line behind its last row begins, or the text ends. */
	behind: number;
}

/** A heading of any level with what follows until the next one. */
export interface Section {
	heading: string;
	line: number;
	/** Where the next heading begins, or the text ends. */
	to: number;
	tables: TextTable[];
}

/** The headings of a CommonMark text and the GFM tables below each. Tables inside lists and quotations are none of ours. */
export function sectionsOf(text: string): Section[] {
	const source = sourceOf(text);
	const sections: Section[] = [];
	for (let node = markdownTree(markdown, source.text).topNode.firstChild; node; node = node.nextSibling) {
		if (/Heading\d$/.test(node.name)) {
			const line = source.lineOf(node.from);
			if (sections.length > 0) sections.at(-1)!.to = source.startOf(line);
			sections.push({ heading: plain(node, source.text).trim(), line, to: text.length, tables: [] });
		} else if (node.name === "Table") {
			const rows = childrenOf(node).filter(({ name }) => name === "TableHeader" || name === "TableRow");
			const [header, ...body] = rows.map((row) => rowOf(row, source));
			sections.at(-1)?.tables.push({ header: header!, rows: body, behind: source.startOf(source.lineOf(node.to) + 1) });
		}
	}
	return sections;
}

/** A text as the parser takes it, with the way back. */
interface Source {
	text: string;
	/** Line of an offset in `text`, counted from 1. */
	lineOf: (offset: number) => number;
	/** Where a line of the original text begins; its length behind the last one. */
	startOf: (line: number) => number;
	/** Offset in the original text. */
	back: (offset: number) => number;
}

/** The parser knows LF alone, no byte-order mark, and no table with blanks behind its rule: lines go without their ends. */
function sourceOf(original: string): Source {
	const lines = original.split(/(?<=\n)|(?<=\r)(?!\n)/);
	const bare = lines.map((line) => line.replace(/^\uFEFF/, " ").trimEnd());
	const starts = startsOf(lines.map(({ length }) => length));
	const bareStarts = startsOf(bare.map(({ length }) => length + 1));
	const lineOf = (offset: number): number => countUpTo(bareStarts, offset);
	return {
		text: bare.join("\n"),
		lineOf,
		startOf: (line) => starts[line - 1] ?? original.length,
		back: (offset) => starts[lineOf(offset) - 1]! + offset - bareStarts[lineOf(offset) - 1]!,
	};
}

function startsOf(lengths: readonly number[]): number[] {
	let at = 0;
	return lengths.map((length) => (at += length) - length);
}

/** The parser gives empty cells no node: what counts are the delimiters. Blanks outside the outer ones are no cells. */
function rowOf(row: MarkdownNode, { text, lineOf, back }: Source): Row {
	const children = childrenOf(row);
	const edges = children.filter(({ name }) => name === "TableDelimiter");
	const starts = [row.from, ...edges.map(({ to }) => to)];
	const ends = [...edges.map(({ from }) => from), row.to];
	const pieces = starts.map((from, index) => ({ from, to: ends[index]! }));
	const blank = ({ from, to }: { from: number; to: number }): boolean => text.slice(from, to).trim() === "";
	const opened = edges.length > 0 && blank(pieces[0]!);
	const closed = edges.length > 0 && blank(pieces.at(-1)!);
	const filled = children.filter(({ name }) => name === "TableCell");
	let next = 0;
	const cells = pieces.slice(opened ? 1 : 0, closed ? -1 : undefined).map(({ from, to }): Cell => {
		while (next < filled.length && filled[next]!.from < from) next++;
		const node = filled[next] && filled[next]!.to <= to ? filled[next] : undefined;
		return { from: back(from), to: back(to), text: node ? plain(node, text).trim() : "" };
	});
	return { line: lineOf(row.from), end: back(row.to), closed, cells };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " ", "#124": "|" };

/** What a reader sees of a node. */
function plain(node: MarkdownNode, text: string): string {
	let [out, at] = ["", node.from];
	for (const child of childrenOf(node)) {
		out += text.slice(at, child.from) + seen(child, node, text);
		at = child.to;
	}
	return (out + text.slice(at, node.to)).replaceAll("\\|", "|");
}

function seen(node: MarkdownNode, parent: MarkdownNode, text: string): string {
	const raw = text.slice(node.from, node.to);
	if (node.name.endsWith("Mark")) return "";
	if (node.name === "Escape") return raw.slice(1);
	if (node.name === "Entity") return ownOf(ENTITIES, raw.slice(1, -1)) ?? raw;
	if (node.name === "HTMLTag" || node.name === "Comment") return " ";
	if (/^(URL|LinkTitle|LinkLabel)$/.test(node.name) && parent.name === "Link") return "";
	return plain(node, text);
}
