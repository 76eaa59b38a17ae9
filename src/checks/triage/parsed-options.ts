import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { editAt, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { callsOf } from "../python/calls.ts";
import { shellScriptOf } from "../shell/lexer.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS477",
	scope: "static",
	severity: "error",
	question: "Is every option of a Python program one that its parser has, where it is read and where it is given?",
	why: "The program stops: argparse with exit code 2 for an option that it does not know, Python with an AttributeError for one that was never added.",
	example:
		'`open(args.out)` after `add_argument("--output")`; `python tools/export.py --from` and the option is --since.',
	run(tree) {
		const files = tree
			.in("python")
			.filter(({ path, text }) => text.includes("add_argument(") && standingOf(path) !== "history");
		const parsers = new Map(
			files.flatMap((file) => {
				const one = parserOf(file);
				return one === undefined ? [] : [[file, one] as const];
			}),
		);
		const findings = [
			...[...parsers].flatMap(([file, one]) => unread(file, one)),
			...tree.in("shell").flatMap((file) => given(tree, file, parsers)),
		];
		return { looked: `${parsers.size} programs with options`, findings };
	},
} satisfies StaticCheck;

interface Parser {
	/** `--output`, with its short ones. */
	options: readonly string[];
	/** Names of what was parsed. */
	fields: ReadonlySet<string>;
}

/** The options of a file; undefined where they are not all written out. */
function parserOf({ text }: SourceFile): Parser | undefined {
	if (
		!/\bargparse\b/.test(text) ||
		/\bparents\s*=|\bparse_known_args|\badd_arguments\(|\b(?:Namespace|setattr|vars)\(|__dict__|\bfromfile_prefix|add_cli_args/.test(
			text,
		)
	)
		return undefined;
	const calls = callsOf(text, /\.add_argument\s*\(/g);
	if (calls.some(({ inside }) => !/^\s*["']/.test(inside))) return undefined;
	const options: string[] = [];
	const fields = new Set<string>();
	for (const { inside } of calls) {
		const names = /^\s*(?:["'][\w-]+["']\s*,?\s*)+/.exec(inside)![0].match(/[\w-]+/g) ?? [];
		options.push(...names.filter((name) => name.startsWith("-")));
		if (/BooleanOptionalAction/.test(inside)) options.push(...names.map((name) => name.replace(/^--/, "--no-")));
		const own = names.find((name) => name.startsWith("--")) ?? names[0]!;
		fields.add(/\bdest\s*=\s*["'](\w+)["']/.exec(inside)?.[1] ?? own.replace(/^-+/, "").replaceAll("-", "_"));
	}
	for (const { inside } of callsOf(text, /\.(?:set_defaults|add_subparsers)\s*\(/g))
		for (const [, name] of inside.matchAll(/(?:^|,)\s*(\w+)\s*=/g)) fields.add(name!);
	for (const [, name] of text.matchAll(/\bdest\s*=\s*["'](\w+)["']/g)) fields.add(name!);
	return { options, fields };
}

/** `args.out` of what `parse_args` gave, in a file that has one parser. */
function unread(file: SourceFile, { fields }: Parser): Found[] {
	const { text } = file;
	const name = /\b(\w+)\s*(?::[^=\n]+)?=\s*[\w.()]*\.?parse_args\(/.exec(text)?.[1];
	if (name === undefined || (text.match(/\bparse_args\(/g)?.length ?? 0) !== 1) return [];
	const reported = new Set<string>();
	return [...text.matchAll(new RegExp(`(?<![\\w.])${name}\\.([A-Za-z_]\\w*)(\\s*=(?!=))?`, "g"))].flatMap(
		({ 1: field, 2: set, index }): Found[] => {
			if (set !== undefined) fields = new Set([...fields, field!]);
			if (fields.has(field!) || reported.has(field!) || kindAt(file, index) !== "code" || isOther(file, name, index))
				return [];
			reported.add(field!);
			const meant = nearest(field!, [...fields], 3);
			return [
				{
					message: `${file.path} reads ${name}.${field!}, and its parser has no such option`,
					evidence: [file.placeAt(index)],
					fix: {
						say: meant === undefined ? `add --${field!.replaceAll("_", "-")} to the parser` : `write ${name}.${meant}`,
						...(meant === undefined ? {} : editAt(file, index, `${name}.${field!}`, `${name}.${meant}`)),
					},
				},
			];
		},
	);
}

/** A parameter of the same name in another function is something else, unless it is the same by custom. */
const isOther = ({ text }: SourceFile, name: string, at: number): boolean =>
	name !== "args" && name !== "options" && new RegExp(`def\\s+\\w+\\([^)]*\\b${name}\\b`).test(text.slice(0, at));

function given(tree: Tree, file: SourceFile, parsers: ReadonlyMap<SourceFile, Parser>): Found[] {
	if (!file.text.includes(".py") || standingOf(file.path) === "history") return [];
	return shellScriptOf(file).commands.flatMap(({ words }): Found[] => {
		const at = words.findIndex(({ text }) => /^[\w./-]+\.py$/.test(text));
		const starts =
			at === 0 ||
			(at > 0 && words.slice(0, at).every(({ text }) => /^(?:python[\d.]*|exec|-u|uv|run|poetry|\w+=\S*)$/.test(text)));
		const path = words[at]?.text.replace(/^(?:\.{1,2}\/)+/, "");
		const target =
			!starts || path === undefined
				? undefined
				: (tree.file(path) ?? tree.file(posix.join(posix.dirname(file.path), path)));
		const parser = target === undefined ? undefined : parsers.get(target);
		if (parser === undefined || target === undefined) return [];
		return words.slice(at + 1).flatMap((word): Found[] => {
			const option = /^--[a-z][\w-]*/.exec(word.text)?.[0];
			// argparse takes the beginning of an option for it.
			if (
				option === undefined ||
				option === "--help" ||
				option === "--version" ||
				parser.options.some((one) => one.startsWith(option))
			)
				return [];
			const meant = nearest(option, parser.options, 3);
			return [
				{
					message: `${file.path} gives ${target.path} the option ${option}, which it does not take`,
					evidence: [
						placeIn(file, file.lineAt(word.start)),
						placeIn(target, target.lineAt(target.text.indexOf("add_argument("))),
					],
					fix: {
						say: meant === undefined ? `write one of ${parser.options.slice(0, 6).join(", ")}` : `write ${meant}`,
					},
				},
			];
		});
	});
}
