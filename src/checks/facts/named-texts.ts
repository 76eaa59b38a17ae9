import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

/** `ACT_FETCH = "fetch_media"` of a module, a class or an enumeration, `export const FETCH = "fetch"`. */
const CONSTANT =
	/^[ \t]*(?:export[ \t]+)?(?:const[ \t]+)?([A-Z][A-Z0-9_]{2,})(?:[ \t]*:[^=\n]{1,60})?[ \t]*=[ \t]*(["'])([\w@.:/-]{1,100})\2[ \t]*(?:as const)?[;,]?[ \t]*(?:#[^\n]*|\/\/[^\n]*)?$/gm;

/** The text that a constant in capitals is given, in whatever file; without those that are given several. */
export const namedTexts = once((tree: Tree): ReadonlyMap<string, string> => {
	const found = new Map<string, string | undefined>();
	for (const file of tree.in("python", "javascript")) {
		if (standingOf(file.path) !== "live") continue;
		for (const { 1: name, 3: text } of file.matches(CONSTANT))
			found.set(name!, found.has(name!) && found.get(name!) !== text ? undefined : text!);
	}
	return new Map([...found].flatMap(([name, text]): [string, string][] => (text === undefined ? [] : [[name, text]])));
});

/** The text that the last word of an expression stands for: of `contracts.ACT_FETCH`. */
export const textNamed = (tree: Tree, expression: string): string | undefined =>
	/^(?:[\w$]+\.)*[A-Z][A-Z0-9_]{2,}$/.test(expression)
		? namedTexts(tree).get(expression.split(".").at(-1)!)
		: undefined;
