import type { SourceFile } from "../tree/source-file.ts";
import { once } from "../tree/once.ts";

/** The head of a class or a function, by its line. */
export interface Header {
	/** Of a class or an interface; undefined for a function. */
	type: string | undefined;
	indent: number;
	outer: Header | undefined;
}

const PYTHON = /^[ \t]*(?:class[ \t]+(\w+)|(?:async[ \t]+)?def[ \t])/;
const SCRIPT = /^[ \t]*(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:class|interface)\s+([\w$]+)/;

/** For each line the innermost head with less indentation that it stands below. Reads indentation, not brackets. */
export const headersOf = once((file: SourceFile): readonly (Header | undefined)[] => {
	let top: Header | undefined;
	const python = file.language === "python";
	const found = file.lines.map((text) => {
		const indent = text.length - text.trimStart().length;
		if (indent === text.length || "#)]}*/".includes(text[indent]!)) return top;
		while (top !== undefined && top.indent >= indent) top = top.outer;
		const own = top;
		const head = (python ? PYTHON : SCRIPT).exec(text);
		// A function or a literal of JavaScript hides the class around it as well.
		if (head !== null || (!python && /[{(]\s*$/.test(text))) top = { type: head?.[1], indent, outer: top };
		return own;
	});
	return found;
});

/** The class around a line, functions passed over. */
export function classAround(file: SourceFile, at: number): string | undefined {
	for (let one = headersOf(file)[file.lineAt(at) - 1]; one !== undefined; one = one.outer)
		if (one.type !== undefined) return one.type;
	return undefined;
}
