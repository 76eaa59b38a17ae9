import { countUpTo } from "../system/ascending.ts";
import { childrenOf, deeplyNested, type MarkdownNode } from "../system/markdown-nodes.ts";
import type { Entry } from "./document.ts";
import { blockTree, linesOf } from "./headings.ts";

/** One point of a list. */
export interface Item {
	kind: "item";
	/** Counted from 1 in the document. */
	line: number;
	/** Its number; null in a list of bullets. */
	n: number | null;
	/** Its first paragraph, on one line, with its Markdown. */
	text: string;
	children: ListPart[];
	/** It is a paragraph at column 0, and no point of a list. */
	paragraph?: true;
}

/** What is kept as it stands: code, comments, tables, quotations, paragraphs below a point. */
export interface Raw {
	kind: "raw";
	line: number;
	/** Without the indentation of the list around it, LF. */
	text: string;
}

export type ListPart = Item | Raw;

interface Heading {
	kind: "heading";
	line: number;
	level: number;
	text: string;
}

interface Paragraph {
	kind: "text";
	line: number;
	text: string;
}

/** A block of an entry at column 0; each point of a list is one. */
export type Block = Heading | Paragraph | ListPart;

/** Where the lines of an entry are. */
interface Source {
	text: string;
	/** Line of the document of an offset. */
	lineOf: (offset: number) => number;
	/** Offset of the beginning of the line around an offset. */
	startOf: (offset: number) => number;
}

/**
 * The blocks of an entry below its heading, in CommonMark's sense of a block. One with lines that are nested too
 * deep to be read is a single block.
 */
export function blocksOf({ text, line }: Pick<Entry, "text" | "line">): Block[] {
	const [, ...lines] = linesOf(text);
	const bare = lines.map((one) => one.replace(/[\r\n]+$/, ""));
	if (deeplyNested(bare).length > 0) return [{ kind: "raw", line: line + 1, text: bare.join("\n").trim() }];
	const source = sourceOf(bare.join("\n"), line + 1);
	return childrenOf(blockTree(source.text)).flatMap((node) => blockOf(node, source));
}

function blockOf(node: MarkdownNode, source: Source): Block[] {
	const line = source.lineOf(node.from);
	if (node.name === "BulletList" || node.name === "OrderedList") return itemsOf(node, source);
	if (node.name === "Paragraph") return [{ kind: "text", line, text: oneLine(source.text.slice(node.from, node.to)) }];
	const level = /Heading(\d)$/.exec(node.name)?.[1];
	if (level === undefined) return [rawOf(node, source)];
	const text = source.text.slice(node.from, node.to);
	return [{ kind: "heading", line, level: Number(level), text: headingText(text) }];
}

/** Of `### text ###`, and of text underlined. */
const headingText = (text: string): string =>
	oneLine(text.replace(/\n[=-]+[ \t]*$/, "").replace(/^#{1,6}(?![^\s])/, "")).replace(/(?:^|\s)#+$/, "");

const itemsOf = (list: MarkdownNode, source: Source): Item[] =>
	childrenOf(list)
		.filter(({ name }) => name === "ListItem")
		.map((node) => itemOf(node, source));

function itemOf(node: MarkdownNode, source: Source): Item {
	const [mark, first, ...rest] = childrenOf(node);
	const marker = mark ? source.text.slice(mark.from, mark.to) : "-";
	const isText = first?.name === "Paragraph";
	const others = isText || !first ? rest : [first, ...rest];
	return {
		kind: "item",
		line: source.lineOf(node.from),
		n: /^\d/.test(marker) ? Number.parseInt(marker, 10) : null,
		text: isText ? oneLine(source.text.slice(first.from, first.to)) : "",
		children: others.flatMap((child): ListPart[] =>
			child.name === "BulletList" || child.name === "OrderedList" ? itemsOf(child, source) : [rawOf(child, source)],
		),
	};
}

function rawOf(node: MarkdownNode, { text, lineOf, startOf }: Source): Raw {
	const indent = node.from - startOf(node.from);
	const lines = text.slice(node.from, node.to).split("\n");
	const blank = new RegExp(`^[ \\t]{0,${indent}}`);
	const kept = lines.map((one, at) => (at === 0 ? one : one.replace(blank, "")));
	return { kind: "raw", line: lineOf(node.from), text: kept.join("\n").trimEnd() };
}

const oneLine = (text: string): string => text.replaceAll(/[ \t]*[\r\n]+[ \t]*/g, " ").trim();

function sourceOf(text: string, first: number): Source {
	const starts = [0];
	for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
	const indexOf = (offset: number): number => countUpTo(starts, offset) - 1;
	return { text, lineOf: (offset) => first + indexOf(offset), startOf: (offset) => starts[indexOf(offset)]! };
}
