import { posix } from "node:path";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { shellScriptOf } from "./lexer.ts";

/** Behind the folder of the script: `$(dirname "$0")/`, `${BASH_SOURCE%/*}/`, `$SCRIPT_DIR/`, `./`. */
const OWN = /^(?:\$\(.*\b(?:dirname|pwd|rev-parse)\b.*\)|\$\{(?:BASH_SOURCE|0)[^}]*\}|\$\{?(\w+)\}?|\.)\/([\w./-]+)$/;

/** The path behind the folder of the script; undefined where a variable is another folder. */
export function behindOwnFolder({ text }: SourceFile, word: string): string | undefined {
	const [, name, tail] = OWN.exec(word) ?? [];
	if (name === undefined) return tail;
	const made = new RegExp(
		`(?:^|[\\s;])${name}=[^\\n]*(?:dirname|BASH_SOURCE|\\bpwd\\b|rev-parse|\\$\\{0%|%/\\*)[^\\n]*[)}]"?[ \\t]*(?:#|;|$)`,
		"m",
	);
	return made.test(text) ? tail : undefined;
}

/** A file of the tree that a script takes in, or starts, by its place beside the script. */
export interface Beside {
	file: SourceFile;
	/** Offset of the word. */
	at: number;
	/** Taken in with `source`, or started. */
	how: "starts" | "takes in";
}

/**
 * What a script takes in and starts behind its own folder, as far as the tree has it there.
 * @param folders where the script lies in images, absolute: what it starts in one of them lies beside it.
 */
export const besideOf = (tree: Tree, file: SourceFile, folders: readonly string[] = []): Beside[] =>
	shellScriptOf(file).commands.flatMap(({ words, before }): Beside[] => {
		const [first, second] = words;
		const sources = first?.text === "source" || first?.text === ".";
		const word = sources || /^(?:exec|bash|sh)$/.test(first?.text ?? "") ? second : first;
		// What is tried, and may be missing.
		if (word === undefined || before === "||" || before === "&&") return [];
		const inImage = folders.includes(posix.dirname(word.text)) ? posix.basename(word.text) : undefined;
		const tail = inImage ?? behindOwnFolder(file, word.text);
		const target = tail === undefined ? undefined : tree.file(posix.join(posix.dirname(file.path), tail));
		const isTried =
			target !== undefined &&
			new RegExp(`-[efrsx][ \\t]+[^\\n]*${RegExp.escape(posix.basename(target.path))}`).test(file.text);
		return target === undefined || isTried
			? []
			: [{ file: target, at: word.start, how: sources ? "takes in" : "starts" }];
	});
