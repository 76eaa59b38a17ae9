import { posix } from "node:path";
import { once } from "../tree/once.ts";
import type { Word } from "../shell/script.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { callsOf } from "./calls.ts";
import { importsOf } from "./imports.ts";
import { moduleFile, relativePath, startedFile } from "./modules.ts";

export interface Parser {
	/** `--output`, with its short ones. */
	options: readonly string[];
	/** What it takes without an option, in order; nothing is known of subcommands. */
	places: readonly string[];
	/** Names of each option that must be given. */
	required: readonly (readonly string[])[];
	/** Names of what was parsed. */
	fields: ReadonlySet<string>;
}

/** The options of a file with argparse; undefined where they are not all written out. */
export const parserOf = once(({ text }: SourceFile): Parser | undefined => {
	if (
		!/\bargparse\b/.test(text) ||
		/\bparents\s*=|\bparse_known_args|\badd_arguments\(|\b(?:Namespace|setattr|vars)\(|__dict__|\bfromfile_prefix|add_cli_args/.test(
			text,
		) ||
		// Another function adds options to it.
		/\w\(\s*(?:argparse\.)?ArgumentParser\(|(?<!\b(?:print|return|len))\(\s*parser\s*[,)]/.test(text)
	)
		return undefined;
	const calls = callsOf(text, /\.add_argument\s*\(/g);
	if (calls.some(({ inside }) => !/^\s*["']/.test(inside))) return undefined;
	const options: string[] = [];
	const places: string[] = [];
	const required: string[][] = [];
	const fields = new Set<string>();
	for (const { inside } of calls) {
		const names = /^\s*(?:["'][\w-]+["']\s*,?\s*)+/.exec(inside)![0].match(/[\w-]+/g) ?? [];
		const flags = names.filter((name) => name.startsWith("-"));
		options.push(...flags);
		if (/\brequired\s*=\s*True\b/.test(inside) && flags.length > 0) required.push(flags);
		if (/BooleanOptionalAction/.test(inside)) options.push(...names.map((name) => name.replace(/^--/, "--no-")));
		const own = names.find((name) => name.startsWith("--")) ?? names[0]!;
		if (!own.startsWith("-")) places.push(own.replaceAll("-", "_"));
		fields.add(/\bdest\s*=\s*["'](\w+)["']/.exec(inside)?.[1] ?? own.replace(/^-+/, "").replaceAll("-", "_"));
	}
	for (const { inside } of callsOf(text, /\.(?:set_defaults|add_subparsers)\s*\(/g))
		for (const [, name] of inside.matchAll(/(?:^|,)\s*(\w+)\s*=/g)) fields.add(name!);
	for (const [, name] of text.matchAll(/\bdest\s*=\s*["'](\w+)["']/g)) fields.add(name!);
	const isOpen = /\badd_subparsers\(/.test(text);
	return { options, fields, required: isOpen ? [] : required, places: isOpen ? [] : places };
});

/** A command that starts a program of the tree with argparse. */
export interface ProgramRun {
	/** The file with the parser. */
	target: SourceFile;
	parser: Parser;
	/** The index of the first word behind the program. */
	rest: number;
}

/** `python tools/x.py`, `./tools/x.py`, `uv run python -m app.worker`, as the words of a command; `from` is its file. */
export function programRun(tree: Tree, from: string, words: readonly string[]): ProgramRun | undefined {
	let at = words.findIndex((word) => !/^(?:exec|uv|poetry|pipenv|pdm|run|\w+=.*)$/.test(word));
	const started = /(?:^|\/)(?:python[\d.]*|py)(?:\.exe)?$/.test(words[at] ?? "");
	if (started) at += 1;
	while (started && /^-[uBEIsSOq]+$/.test(words[at] ?? "")) at += 1;
	const isModule = started && words[at] === "-m";
	const name = words[isModule ? at + 1 : at];
	if (name === undefined) return undefined;
	const file = isModule
		? startedModule(tree, name)
		: /^[\w./-]+\.py$/.test(name)
			? script(tree, from, name)
			: undefined;
	const target = file === undefined ? undefined : withParser(tree, file);
	return target === undefined ? undefined : { ...target, rest: at + (isModule ? 2 : 1) };
}

const startedModule = (tree: Tree, name: string): SourceFile | undefined =>
	/^[A-Za-z_][\w.]*$/.test(name) ? startedFile(tree, name) : undefined;

function script(tree: Tree, from: string, path: string): SourceFile | undefined {
	const bare = path.replace(/^(?:\.{1,2}\/)+/, "");
	return tree.file(bare) ?? tree.file(posix.join(posix.dirname(from), bare));
}

/** The file itself, or the one whose main it takes in. */
function withParser(tree: Tree, file: SourceFile): Pick<ProgramRun, "parser" | "target"> | undefined {
	const own = parserOf(file);
	if (own !== undefined) return { target: file, parser: own };
	if (file.has(/argparse|add_argument|click|typer|fire/)) return undefined;
	const found = importsOf(file)
		.filter(({ names }) => names.some((one) => /^(?:main|cli|run|cli_main)$/.test(one)))
		.flatMap(({ module }) => {
			const path = module.startsWith(".") ? relativePath(file.path, module) : undefined;
			const target = path === undefined ? moduleFile(tree, module, file.path) : tree.file(`${path}.py`);
			const parser = target === undefined ? undefined : parserOf(target);
			return target === undefined || parser === undefined ? [] : [{ target, parser }];
		});
	return found.length === 1 ? found[0] : undefined;
}

/** The first option that must be given and is not; undefined too where a word is computed, or asks for help. */
export function lacksOption({ parser }: Pick<ProgramRun, "parser">, words: readonly Word[]): string | undefined {
	if (words.some(({ text, dynamic }) => (dynamic && !/^--?\w/.test(text)) || /^(?:-h|--help|--version)$/.test(text)))
		return undefined;
	const given = (name: string) =>
		words.some(({ text }) =>
			name.startsWith("--")
				? text.startsWith("--") && text.length > 3 && name.startsWith(text.split("=")[0]!)
				: text.startsWith(name),
		);
	return parser.required.find((names) => !names.some(given))?.at(-1);
}

/** The option that a word gives, where the program has none that begins so; argparse takes the beginning of one for it. */
export function unknownOption({ parser }: Pick<ProgramRun, "parser">, word: string): string | undefined {
	const option = /^--[a-z][\w-]*/.exec(word)?.[0];
	return option === undefined ||
		option === "--help" ||
		option === "--version" ||
		parser.options.some((one) => one.startsWith(option))
		? undefined
		: option;
}
