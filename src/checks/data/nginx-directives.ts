import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";

/** One directive of nginx with the blocks that hold it. */
export interface Directive {
	name: string;
	args: readonly string[];
	/** An offset in the text. */
	at: number;
	/** Names of the blocks around it, the outermost first. */
	inside: readonly string[];
}

const TOKENS = /#[^\n]*|"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'|[{};]|(?:[^\s{};"'#]|(?<=[^\s{};])#|\$\{\w+\})+/g;

/** Every directive of a file of nginx, in order; what is broken is left to `nginxFaults`. */
export const directivesIn = once((file: SourceFile): readonly Directive[] => {
	const found: Directive[] = [];
	const inside: string[] = [];
	let words: { text: string; at: number }[] = [];
	for (const { 0: token, 1: double, 2: single, index } of file.matches(TOKENS)) {
		if (token.startsWith("#")) continue;
		if (!/^[{};]$/.test(token)) {
			words.push({ text: double ?? single ?? token, at: index });
			continue;
		}
		const [first, ...rest] = words;
		if (first) found.push({ name: first.text, args: rest.map(({ text }) => text), at: first.at, inside: [...inside] });
		if (token === "{") inside.push(first?.text ?? "");
		if (token === "}") inside.pop();
		words = [];
	}
	return found;
});
