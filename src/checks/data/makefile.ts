import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** One line `targets: needs` of a Makefile. */
interface Rule {
	targets: readonly string[];
	/** What is made before, as far as it is written out. */
	needs: readonly string[];
	/** Offset in the file. */
	at: number;
}

const MAKEFILE = /(?:^|\/)(?:[Mm]akefile|GNUmakefile)$/;

export const isMakefile = ({ path }: SourceFile): boolean => MAKEFILE.test(path);

/** Those of a tree, with what they may include. */
export const makefilesOf = once((tree: Tree) =>
	tree.files.filter((one) => isMakefile(one) || one.path.endsWith(".mk")),
);

/** What is included, computed or made by a pattern may be any target. */
const OPEN =
	/^-?s?include\s|^[^\t#\n]*%[^\n]*:|^\$[({]|^[^\t#=\n:]*\$[({][^\n:=]*:(?!=)|^\s*define\s|\$\(eval|^\.DEFAULT:/m;
const RULE = /^ *([\w./-]+(?:[ \t]+[\w./-]+)*)[ \t]*&?::?(?![:=])([^\n]*)$/gm;
const COMPUTED = /\$\((?:[^()]|\([^()]*\))*\)|\$\{[^{}]*\}/g;

/** The rules of a Makefile as GNU make reads them (its manual, "Writing Rules"); undefined where others may be there. */
export const rulesOf = once((file: SourceFile): readonly Rule[] | undefined => {
	// A line that goes on is one line; offsets stay.
	const text = file.text.replaceAll(/\\\r?\n/g, (end) => " ".repeat(end.length));
	if (OPEN.test(text)) return undefined;
	return [...text.matchAll(RULE)].map(({ 1: targets, 2: rest, index }) => {
		const [needs] = rest!.replaceAll(COMPUTED, " ").split(/[#;]/, 1);
		// `target: NAME = value` sets a variable.
		return { targets: partsOf(targets!), needs: needs!.includes("=") ? [] : partsOf(needs!), at: index };
	});
});

const partsOf = (text: string): string[] => text.split(/\s+/).filter((part) => part !== "");

/** Options of make that take the next word. */
const TAKES = /^(?:-[IoWj]|--(?:include-dir|old-file|what-if))$/;

/** The targets that the words behind `make` ask for, without options and `NAME=value`; undefined: of another folder or file. */
export function askedTargets(words: readonly string[]): string[] | undefined {
	if (words.some((word) => /^(?:-[A-Za-z]*[fC]|--(?:file|makefile|directory)\b)/.test(word))) return undefined;
	return words.filter(
		(word, at) =>
			!word.startsWith("-") &&
			!/^\w+[:?+!]?=/.test(word) &&
			!(TAKES.test(words[at - 1] ?? "") && (words[at - 1] !== "-j" || /^\d+$/.test(word))),
	);
}
