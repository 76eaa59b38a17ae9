import type { parser } from "@lezer/markdown";

/** A node of the tree that the parser of Markdown makes. */
export type MarkdownNode = ReturnType<typeof parser.parse>["topNode"];

/**
 * How any text of others is parsed: in time that grows with its length, and nested so deep at most that a walk down does
 * not exhaust the stack. What stands deeper is read as words (withoutDeepNesting); every offset is that of the text.
 */
export const markdownTree = (by: Pick<typeof parser, "parse">, text: string): ReturnType<typeof parser.parse> =>
	by.parse(withoutDeepNesting(text));

/** The nodes directly below one, in the order of the text. */
export function childrenOf(node: MarkdownNode): MarkdownNode[] {
	const children: MarkdownNode[] = [];
	for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
	return children;
}

/** So many signs of a line may open lists and quotations: blanks, marks and bullets, of which a level takes one at least. */
const NESTING = 200;
const SIGN = String.raw`(?:[ \t\r>]|[-+*](?=[ \t\r]|$|\n)|\d{1,9}[.)](?=[ \t\r]|$|\n))`;
const DEEP = new RegExp(String.raw`(?<![^\n])(${SIGN}{${NESTING}})(${SIGN}*)`, "g");
/** A thematic break opens nothing, however long it is. */
const BREAK = /^(?:[\s*]*|[\s-]*)$/;

/**
 * The same text, in the same length, without what opens lists and quotations in lists and quotations behind the first
 * 200 signs of a line: there stand words instead. The parser takes quadratic time and memory for levels of one line
 * (`1. 1. 1. …`), and a level more takes a column more in the line that opens it, so this bounds them in all lines.
 */
const withoutDeepNesting = (text: string): string =>
	text.replace(DEEP, (all, begin: string, rest: string, at: number) => {
		const behind = text.charAt(at + all.length);
		return (behind === "" || behind === "\n") && BREAK.test(rest) ? all : begin + rest.replace(/\S/g, "x");
	});

/** Indices of the lines of which the parser is shown less than stands there. */
export const deeplyNested = (lines: readonly string[]): number[] =>
	[...lines.keys()].filter((at) => withoutDeepNesting(lines[at]!) !== lines[at]);
