import { posix } from "node:path";
import { partsFrom } from "../calls/arguments.ts";
import { isTest } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { madeFrom, outputsOf } from "./outputs.ts";

/** The options of a program of the tree, as `--name` and `-n`. */
export interface ScriptParser {
	/** Where the first are. */
	file: SourceFile;
	at: number;
	options: readonly string[];
}

const PARSES = /\bparseArgs\(|\.(?:requiredOption|option|addOption)\(/;

/** The options of the package around a program; undefined where some are computed, or any is taken. */
export function scriptParser(tree: Tree, target: SourceFile): ScriptParser | undefined {
	const folder = packageFolder(tree, target.path);
	const files = parsingFiles(tree).filter(({ path }) => path.startsWith(folder));
	const [first] = files;
	const own = files.map(optionsIn);
	if (first === undefined || own.some((one) => one === undefined)) return undefined;
	const options = own.flatMap((one) => one!);
	return options.length === 0 ? undefined : { file: first, at: first.text.search(PARSES), options };
}

const LIBRARY = /["'](?:node:)?util["']|["']commander["']/;

const parsingFiles = once((tree: Tree): readonly SourceFile[] =>
	tree.in("javascript").filter((file) => !isTest(file.path) && file.has(PARSES) && file.has(LIBRARY)),
);

/** They take what they do not know, or get options from elsewhere. */
const OPEN = /strict\s*:\s*false|allowUnknownOption|passThroughOptions|\.configureHelp\(|\btokens\s*:\s*true/;

const optionsIn = once(({ text }: SourceFile): string[] | undefined => {
	if (OPEN.test(text)) return undefined;
	const parsed = [...text.matchAll(/\bparseArgs\(/g)].map(({ 0: all, index }) => parseArgs(text, index + all.length));
	const said = text.includes("commander")
		? [...text.matchAll(/\.(?:requiredOption|option)\(\s*(?:(["'`])([^"'`]+)\1|(\S))|\bnew Option\(\s*["'`]([^"'`]+)/g)]
		: [];
	if (parsed.some((one) => one === undefined) || said.some(([, , , other]) => other !== undefined)) return undefined;
	return [...parsed.flatMap((one) => one!), ...said.flatMap(([, , flags, , made]) => flagsOf(flags ?? made!))];
});

/** `-p, --port <number>` */
const flagsOf = (flags: string): string[] =>
	[...flags.matchAll(/(?<![\w-])--?[A-Za-z][\w-]*/g)].flatMap(([one]) =>
		one.startsWith("--no-") ? [one, `--${one.slice(5)}`] : [one],
	);

/** The keys of `options: { … }`, or of the constant that stands there. */
function parseArgs(text: string, from: number): string[] | undefined {
	const call = partsFrom(text, from, "javascript");
	const given =
		call === undefined
			? undefined
			: /\boptions\s*(?::\s*(\{|[A-Za-z_$][\w$]*)|(?=[,}]))/.exec(text.slice(from, call.end));
	if (call === undefined || given === null || given === undefined) return undefined;
	const name = given[1] === "{" ? undefined : (given[1] ?? "options");
	const made =
		name === undefined
			? undefined
			: new RegExp(`\\b(?:const|let)\\s+${RegExp.escape(name)}\\b[^=\\n]*=\\s*\\{`).exec(text);
	if (made === null) return undefined;
	const start = made === undefined ? from + given.index + given[0].length : made.index + made[0].length;
	const parts = partsFrom(text, start, "javascript")?.parts.filter((one) => one.text.trim() !== "");
	const keys = parts?.map((one) =>
		/^\s*(?:\/\/[^\n]*\n\s*|\/\*[^]*?\*\/\s*)*["']?([A-Za-z][\w-]*)["']?\s*:\s*\{([^]*)$/.exec(one.text),
	);
	if (keys === undefined || keys.some((one) => one === null)) return undefined;
	const negates = /allowNegative\s*:\s*true/.test(text.slice(from, call.end));
	return keys.flatMap((one) => {
		const short = /\bshort\s*:\s*["'](\w)["']/.exec(one![2]!)?.[1];
		return [`--${one![1]!}`, ...(negates ? [`--no-${one![1]!}`] : []), ...(short === undefined ? [] : [`-${short}`])];
	});
}

function packageFolder(tree: Tree, path: string): string {
	let folder = posix.dirname(path);
	while (folder !== "." && !tree.has(`${folder}/package.json`)) folder = posix.dirname(folder);
	return folder === "." ? "" : `${folder}/`;
}

/** Names that packages of the tree give to their programs, with the path from the root. */
export const programNames = once((tree: Tree): ReadonlyMap<string, string> => {
	const manifests = tree.files.filter(
		({ path }) => /(?:^|\/)package\.json$/.test(path) && !path.includes("node_modules/"),
	);
	return new Map(
		manifests.flatMap(({ path, text }): [string, string][] => {
			const folder = path.slice(0, -"package.json".length);
			const list = /"bin"\s*:\s*\{([^}]*)\}/.exec(text)?.[1] ?? "";
			return [...list.matchAll(/"([\w.-]+)"\s*:\s*"([^"]+)"/g)].map(([, name, to]) => [name!, posix.join(folder, to!)]);
		}),
	);
});

/** The source of a program that is started by the path of what is built from it, or by its own. */
export function sourceOfProgram(tree: Tree, path: string): SourceFile | undefined {
	const own = tree.file(path);
	if (own !== undefined) return own;
	const made = outputsOf(tree).flatMap((output) => {
		const start = `${output.folder}${output.outDir}/`;
		return path.startsWith(start) ? madeFrom(tree, output, path.slice(start.length)) : [];
	});
	return made.length === 1 ? tree.file(made[0]!) : undefined;
}
