import type { Part } from "./part.ts";

/** A dotted name in an expression, such as `steps.build.outputs.tag`. */
export interface Reference {
	/** In the form that it is written; `*` for every item. */
	path: readonly string[];
	part: Part;
	/** Offset in the text of the part. */
	at: number;
	/** Whether the expression says what to take when it is empty: `matrix.os || 'linux'`. */
	hasDefault: boolean;
	/** What the text is in the file: `if`, `name`, … */
	key: string;
}

const BRACES = /\$\{\{([^]*?)\}\}/g;
const NAME = /(?<![\w.'-])([A-Za-z_][\w-]*)((?:\s*\.\s*(?:[A-Za-z_][\w-]*|\*)|\['[^'\]]*'\])+)/g;
const PIECE = /\.\s*([A-Za-z_][\w-]*|\*)|\['([^']*)'\]/g;

/** The expressions of a text: what stands in `${{ }}`; for a condition the whole text. */
export function sourcesOf(part: Part, isCondition: boolean): { source: string; at: number }[] {
	const text = part.text!;
	if (isCondition && !text.includes("${{")) return [{ source: text, at: 0 }];
	return [...text.matchAll(BRACES)].map(({ 1: source, index }) => ({ source: source!, at: index + 3 }));
}

/** Every dotted name of the expressions in a text. */
export function referencesIn(part: Part, key = ""): Reference[] {
	return sourcesOf(part, key === "if").flatMap(({ source, at }) => {
		// Strings hold no names, but an index may be one.
		const bare = source.replaceAll(/(?<!\[)'(?:[^']|'')*'/g, (one) => " ".repeat(one.length));
		return [...bare.matchAll(NAME)].map(({ 1: first, 2: rest, index }): Reference => ({
			path: [first!, ...[...rest!.matchAll(PIECE)].map(([, name, key]) => name ?? key!)],
			part,
			at: at + index,
			hasDefault: /^[\s)]*(?:\|\||==|!=)/.test(source.slice(index + first!.length + rest!.length)),
			key,
		}));
	});
}

/** Every text below a part, with the key that it stands under. */
export function* textsBelow(part: Part, key = ""): Generator<[key: string, part: Part]> {
	if (part.text !== undefined) yield [key, part];
	for (const [name, below] of part.map) yield* textsBelow(below, name);
	for (const below of part.list) yield* textsBelow(below, key);
}

/** Every dotted name below a part; `key` is the one that it stands under. */
export const referencesBelow = (part: Part, key = ""): Reference[] =>
	[...textsBelow(part, key)].flatMap(([name, text]) =>
		name === "if" || text.text!.includes("${{") ? referencesIn(text, name) : [],
	);
