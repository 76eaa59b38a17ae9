import { askedTargets, makefilesOf, rulesOf } from "../data/makefile.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** A command line of make: behind a prompt, another command, or a beginning of code. */
const MAKE =
	/(?:^|`|[$&;]\s?)[ \t]*make[ \t]+((?:(?:\w+=<[\w -]+>|[^\s`&;#|<>()]+)(?:[ \t]+|(?=$|[`&;#|])))+)(?=\s*(?:$|`|&&|;|#|\|))/gm;
/** `NAME=<its value>`, for the reader to fill in. */
const FILLED = /\w+=<[\w -]+>/g;

/** Targets that a document asks for and no Makefile of the tree has; `known` are those that one has. */
export function missingTargets(tree: Tree, file: SourceFile): { name: string; at: number; known: readonly string[] }[] {
	const makefiles = makefilesOf(tree);
	if (makefiles.length === 0 || !file.text.includes("make ")) return [];
	const rules = makefiles.map(rulesOf);
	if (rules.includes(undefined)) return [];
	const known = new Set(rules.flatMap((own) => own!.flatMap(({ targets }) => targets)));
	const told = [...known].filter((one) => !one.startsWith("."));
	return file.matches(MAKE).flatMap(({ 0: all, 1: words, index }) => {
		const asked = askedTargets(words!.replaceAll(FILLED, " ").trim().split(/\s+/)) ?? [];
		const [name, ...more] = asked.filter((one) => !known.has(one));
		// Two words that are no targets are a sentence.
		return name === undefined || more.length > 0 || !/^[a-z][\w-]*$/.test(name) || tree.has(name)
			? []
			: [{ name, at: index + all.indexOf(name, all.indexOf("make") + 4), known: told }];
	});
}
