import { Table, parser } from "@lezer/markdown";
import { markdownTree, type MarkdownNode } from "../system/markdown-nodes.ts";

export const BOM = "\uFEFF";

/** Blocks alone: what stands inside a line makes no heading, and to look for it takes most of the parser's time. */
const markdown = Object.assign(parser.configure([Table]), { parseInline: () => [] });
export const blockTree = (text: string): MarkdownNode => markdownTree(markdown, text).topNode;

/** Lines with their ends; a byte-order mark stands alone, so that a heading may follow it. */
export function linesOf(text: string): string[] {
	return text.startsWith(BOM) ? [BOM, ...splitLines(text.slice(1))] : splitLines(text);
}

/** The same of a part of a text, where a byte-order mark is a character like any other. */
const splitLines = (part: string): string[] => part.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];

/** Number of a line, counted from 1; a byte-order mark is no line. */
export const lineNumber = (lines: readonly string[], at: number): number => at + (lines[0] === BOM ? 0 : 1);

/** The line as the parser of Markdown takes it. */
const bareLine = (line: string): string => line.replace(BOM, "").replace(/[\r\n]+$/, "");

/** The headings that stand in no other block: their level by the index of their line. */
export function headingLines(lines: readonly string[]): Map<number, number> {
	const bare = lines.map(bareLine);
	const found = new Map<number, number>();
	let [line, start] = [0, 0];
	for (let node = blockTree(bare.join("\n")).firstChild; node; node = node.nextSibling) {
		while (line < bare.length - 1 && start + bare[line]!.length < node.from) start += bare[line++]!.length + 1;
		const level = /Heading(\d)$/.exec(node.name)?.[1];
		if (level !== undefined) found.set(line, Number(level));
	}
	return found;
}

/** A row of a table between its pipes: a line that belongs to the paragraph above it, whatever is in it. */
const ROW = /^\|(?!.*(?:-->|\]\]>|\?>|<\/)).*\|[ \t]*[\r\n]*$/;

/**
 * The same of a head, whose table of contents may be as long as all the rest. A row below a row neither begins nor ends
 * a block, so one of them stands for all.
 */
export function headHeadings(lines: readonly string[]): Map<number, number> {
	const kept = [...lines.keys()].filter((at) => at < 2 || !(ROW.test(lines[at]!) && ROW.test(lines[at - 1]!)));
	const found = headingLines(kept.map((at) => lines[at]!));
	return new Map([...found].map(([at, level]) => [kept[at]!, level]));
}

/** What may hide a heading at column 0: a fence, or a block of HTML. */
const HIDES = /(?:^|[\r\n])[ \uFEFF]{0,4}(?:```|~~~|<)/;

/**
 * Those of the offsets `candidates` (each of a line with the form of a level 2 heading at column 0) at which a heading stands.
 * `begin`: the offset up to which the text is none of Markdown. Between two of them nothing is left open, so only a stretch with a fence or HTML in it needs the parser of Markdown,
 * which takes several times as long as all the rest.
 */
export function realHeadings(text: string, candidates: readonly number[], begin: number): number[] {
	const real: number[] = [];
	let from = begin;
	for (let at = 0; at < candidates.length;) {
		const isHidden = HIDES.test(text.slice(from, candidates[at]));
		const found = isHidden ? firstReal(text, from, candidates, at) : at;
		if (found === undefined) break;
		from = candidates[found]!;
		real.push(from);
		at = found + 1;
	}
	return real;
}

/** Index of the first candidate from `at` on that is a heading when the text is read from `from` on. */
function firstReal(text: string, from: number, candidates: readonly number[], at: number): number | undefined {
	for (let count = 1; ; count *= 2) {
		const last = Math.min(at + count, candidates.length);
		const end = candidates[last - 1]!;
		const headings = headingLines(splitLines(text.slice(from, end) + lineAt(text, end)));
		let [line, counted] = [0, from];
		for (let index = at; index < last; index++) {
			line += lineEnds(text, counted, (counted = candidates[index]!));
			if (headings.has(line)) return index;
		}
		if (last === candidates.length) return undefined;
	}
}

/** The line that begins at an offset, without its end. */
export function lineAt(text: string, from: number): string {
	const end = text.indexOf("\n", from);
	const line = text.slice(from, end < 0 ? undefined : end);
	const cut = line.indexOf("\r");
	return cut < 0 ? line : line.slice(0, cut);
}

/** How many lines end between two offsets, the second of which begins a line. */
export function lineEnds(text: string, from: number, to: number): number {
	const part = text.slice(from, to);
	if (part.includes("\r")) return part.match(/\r\n|\r|\n/g)!.length;
	let count = 0;
	for (let at = part.indexOf("\n"); at >= 0; at = part.indexOf("\n", at + 1)) count++;
	return count;
}
