import { parser } from "@lezer/markdown";

export const BOM = "\uFEFF";

/** Blocks alone: what stands inside a line makes no heading, and to look for it takes most of the parser's time. */
export const markdown = Object.assign(parser.configure({}), { parseInline: () => [] });

/** Lines with their ends; a byte-order mark stands alone, so that a heading may follow it. */
export function linesOf(text: string): string[] {
	const [mark, rest] = text.startsWith(BOM) ? [[BOM], text.slice(1)] : [[], text];
	return [...mark, ...(rest.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [])];
}

/** Number of a line, counted from 1; a byte-order mark is no line. */
export const lineNumber = (lines: readonly string[], at: number): number => at + (lines[0] === BOM ? 0 : 1);

/** The line as the parser of Markdown takes it. */
const bareLine = (line: string): string => line.replace(BOM, "").replace(/[\r\n]+$/, "");

/** The headings that stand in no other block: their level by the index of their line. */
export function headingLines(lines: readonly string[]): Map<number, number> {
	const bare = lines.map(bareLine);
	const found = new Map<number, number>();
	let [line, start] = [0, 0];
	for (let node = markdown.parse(bare.join("\n")).topNode.firstChild; node; node = node.nextSibling) {
		while (line < bare.length - 1 && start + bare[line]!.length < node.from) start += bare[line++]!.length + 1;
		const level = /Heading(\d)$/.exec(node.name)?.[1];
		if (level !== undefined) found.set(line, Number(level));
	}
	return found;
}

/** What may hide a heading at column 0: a fence, or a block of HTML. */
const HIDES = /^[ \uFEFF]{0,4}(?:```|~~~|<)/;

/**
 * Those of the lines at `candidates` (each with the form of a level 2 heading at column 0) that are headings. Between two of
 * them nothing is left open, so only a stretch with a fence or HTML in it needs the parser of Markdown, which takes
 * several times as long as all the rest.
 */
export function realHeadings(lines: readonly string[], candidates: readonly number[]): number[] {
	const real: number[] = [];
	let from = 0;
	for (let at = 0; at < candidates.length;) {
		const found = hides(lines, from, candidates[at]!) ? firstReal(lines, from, candidates, at) : at;
		if (found === undefined) break;
		from = candidates[found]!;
		real.push(from);
		at = found + 1;
	}
	return real;
}

function hides(lines: readonly string[], from: number, to: number): boolean {
	for (let at = from; at < to; at++) if (HIDES.test(lines[at]!)) return true;
	return false;
}

/** Index of the first candidate from `at` on that is a heading when the lines are read from `from` on. */
function firstReal(
	lines: readonly string[],
	from: number,
	candidates: readonly number[],
	at: number,
): number | undefined {
	for (let count = 1; ; count *= 2) {
		const last = Math.min(at + count, candidates.length);
		const headings = headingLines(lines.slice(from, candidates[last - 1]! + 1));
		for (let index = at; index < last; index++) if (headings.has(candidates[index]! - from)) return index;
		if (last === candidates.length) return undefined;
	}
}
