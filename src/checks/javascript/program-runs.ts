import { posix } from "node:path";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { programNames, scriptParser, sourceOfProgram, type ScriptParser } from "./parsers.ts";

/** A command that starts a program of the tree whose options are known. */
export interface ScriptRun {
	target: SourceFile;
	parser: ScriptParser;
	/** The words behind the program begin here. */
	rest: number;
}

const BEFORE = /^(?:exec|npx|bunx|time|sudo|--no-install|--yes|-y|\w+=.*)$/;
const ENGINE = /^(?:.*\/)?(?:node|bun|tsx|ts-node)$/;

/**
 * `node apps/cli/dist/main.js`, the name that a package gives to its program, or a function of the script that hands
 * its arguments on to one: `tool() { node dist/main.js "$@"; }`.
 */
export function scriptRun(
	tree: Tree,
	script: { file: SourceFile; text: string },
	words: readonly string[],
): ScriptRun | undefined {
	let at = words.findIndex((word) => !BEFORE.test(word));
	const name = words[at];
	if (name === undefined) return undefined;
	const handed = bodyOf(script.text, name);
	const inner = handed === undefined ? undefined : programIn(tree, script.file, handed);
	const runs = ENGINE.test(name);
	while (runs && /^--?[\w-]+(?:=.*)?$/.test(words[at + 1] ?? "")) at += 1;
	const target = inner ?? programIn(tree, script.file, runs ? [name, words[at + 1] ?? ""] : [name]);
	const parser = target && scriptParser(tree, target);
	return target === undefined || parser === undefined ? undefined : { target, parser, rest: at + (runs ? 2 : 1) };
}

function programIn(tree: Tree, from: SourceFile, [name = "", path]: readonly string[]): SourceFile | undefined {
	if (!ENGINE.test(name)) {
		const known = programNames(tree).get(name);
		return known === undefined ? undefined : sourceOfProgram(tree, known);
	}
	if (path === undefined || !/\.[cm]?[jt]s$/.test(path)) return undefined;
	const bare = path.replace(/^(?:\$\{?\w+\}?\/|\.\/|\/app\/|\/srv\/)+/, "");
	if (/[$`*]|^\//.test(bare)) return undefined;
	return (
		sourceOfProgram(tree, posix.normalize(bare)) ?? sourceOfProgram(tree, posix.join(posix.dirname(from.path), bare))
	);
}

/** What a function of a script starts with all its arguments. */
function bodyOf(text: string, name: string): readonly string[] | undefined {
	if (!/^[a-z][\w-]*$/i.test(name) || !text.includes(`${name}()`)) return undefined;
	const body = new RegExp(
		`(?:^|\\n)[ \\t]*(?:function[ \\t]+)?${name}\\(\\)[ \\t]*\\{\\s*([^\\n]*?)[ \\t]+"\\$@"\\s*;?\\s*\\}`,
	).exec(text)?.[1];
	return body?.replaceAll(/["']/g, "").split(/\s+/);
}

/** The option that a word gives and the program does not have; its help it may have from a library. */
export function unknownTo({ options }: ScriptParser, word: string): string | undefined {
	const option = /^--[a-z][\w-]*/.exec(word)?.[0];
	return option === undefined || /^--(?:help|version)$/.test(option) || options.includes(option) ? undefined : option;
}
