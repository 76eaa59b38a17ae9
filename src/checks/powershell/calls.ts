import { posix } from "node:path";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { argumentTexts } from "./argument-texts.ts";
import { splatsOf } from "./splats.ts";

/** What a script or function can be given. */
export interface Parameters {
	/** As it is called: `Start-Tunnel.ps1`, `Get-RenderHost`. */
	name: string;
	file: SourceFile;
	/** Where the list begins. */
	at: number;
	/** Names and aliases, in small letters. */
	names: readonly string[];
	/** The names as they are written. */
	written: readonly string[];
}

/** A parameter that somebody gives. */
export interface Given {
	callee: Parameters;
	parameter: string;
	file: SourceFile;
	at: number;
}

/** What every advanced function has. */
const COMMON =
	/^(?:verbose|vb|debug|db|erroraction|ea|warningaction|wa|informationaction|infa|progressaction|errorvariable|ev|warningvariable|wv|informationvariable|iv|outvariable|ov|outbuffer|ob|pipelinevariable|pv|whatif|wi|confirm|cf)$/;

/** Scripts and functions with a list of parameters, whose name is there once in the tree; by that name in small letters. */
export const parametersOf = once((tree: Tree): ReadonlyMap<string, Parameters> => {
	const all = tree.in("powershell").flatMap((file) => [...ofScript(file), ...ofFunctions(file)]);
	const groups = Map.groupBy(all, ({ name }) => name.toLowerCase());
	const bases = Map.groupBy(tree.paths, (path) => posix.basename(path).toLowerCase());
	return new Map(
		[...groups].flatMap(([name, own]) =>
			own.length === 1 && (bases.get(name)?.length ?? 1) === 1 ? [[name, own[0]!] as const] : [],
		),
	);
});

/** `param(…)` before the first command of a script. */
function ofScript(file: SourceFile): Parameters[] {
	if (!file.path.toLowerCase().endsWith(".ps1")) return [];
	const bare = file.text
		.replaceAll(/<#[^]*?#>/g, blank)
		.replaceAll(/^[ \t]*(?:#[^\n]*|using [^\n]*|\[(?:CmdletBinding|Diagnostics)[^\n]*)$/gim, blank);
	const found = /^\s*(?:\[CmdletBinding\([^)]*\)\]\s*)?param\s*\(/i.exec(bare);
	return found === null ? [] : listAt(file, found[0].length, posix.basename(file.path));
}

const ofFunctions = (file: SourceFile): Parameters[] =>
	[
		...file.text.matchAll(
			/^[ \t]*function[ \t]+(?:global:|script:)?([A-Za-z]+-\w+)[ \t]*(?:(\()|\s*\{((?:\s|#[^\n]*\n|<#[^]*?#>|\[(?:CmdletBinding|OutputType|Diagnostics)[^\n]*\])*)param\s*\()/gim,
		),
	].flatMap(({ 0: all, 1: name, index }) => listAt(file, index + all.length, name!));

const blank = (text: string): string => text.replaceAll(/[^\n]/g, " ");

/** The variables of a list, from behind its bracket. */
function listAt(file: SourceFile, from: number, name: string): Parameters[] {
	const end = closing(file.text, from);
	if (end === undefined || file.has(/\bDynamicParam\b|ValueFromRemainingArguments/i)) return [];
	const list = file.text.slice(from, end).replaceAll(/<#[^]*?#>|(?<=^|\s)#[^\n]*/g, blank);
	const flat = topLevel(list);
	const written = [...flat.matchAll(/\$(\w+)/g)].map(([, one]) => one!);
	const aliases = [...list.matchAll(/\[Alias\(([^)]*)\)\]/gi)].flatMap(([, inside]) =>
		[...inside!.matchAll(/["']([\w-]+)["']/g)].map(([, one]) => one!),
	);
	return [{ name, file, at: from, written, names: [...written, ...aliases].map((one) => one.toLowerCase()) }];
}

/** Without what stands in brackets, strings and behind `=`. */
function topLevel(list: string): string {
	let [depth, made, value] = [0, "", false];
	for (const { 0: part } of list.matchAll(/"(?:[^"`]|`.)*"|'[^']*'|[^]/g)) {
		if (/^["']./.test(part)) continue;
		if (/[([{]/.test(part)) depth += 1;
		else if (/[)\]}]/.test(part)) depth -= 1;
		else if (depth === 0) {
			if (part === "=") value = true;
			else if (part === ",") value = false;
			if (!value) made += part;
		}
	}
	return made;
}

/** The offset of the bracket that closes the one before `from`. */
function closing(text: string, from: number): number | undefined {
	let depth = 1;
	for (const { 0: part, index } of text
		.slice(from, from + 20_000)
		.matchAll(/<#[^]*?#>|"(?:[^"`]|`.)*"|'[^']*'|(?<=\s)#[^\n]*|[()]/g)) {
		if (part === "(") depth += 1;
		else if (part === ")" && --depth === 0) return from + index;
	}
	return undefined;
}

/** Every parameter that a caller in the tree names, and that the callee has not. */
export function unknownGiven(tree: Tree, files: readonly SourceFile[]): Given[] {
	const known = parametersOf(tree);
	return known.size === 0 ? [] : files.flatMap((file) => inFile(file, known));
}

const CALL = /(?:^|[\s"'&(\\/.;|={])([A-Za-z]+-\w+|[\w.-]+\.ps1)(?=["')]*[ \t]+[^\n]*-[A-Za-z]|["')]*[ \t]+`)/gm;

function inFile(file: SourceFile, known: ReadonlyMap<string, Parameters>): Given[] {
	return [
		...directly(file, known),
		...argumentTexts(file).flatMap(({ script, text, from }) => {
			const callee = known.get(script.toLowerCase());
			return callee === undefined ? [] : givenFrom(file, text, from, callee);
		}),
		...splatsOf(file).flatMap(({ called, keys }) => {
			const callee = known.get(called.toLowerCase());
			return callee === undefined ? [] : unknownOf(file, keys, callee);
		}),
	];
}

function directly(file: SourceFile, known: ReadonlyMap<string, Parameters>): Given[] {
	return file.matches(CALL).flatMap(({ 0: all, 1: name, index }) => {
		const callee = known.get(name!.toLowerCase());
		const start = index + all.length - name!.length;
		if (
			callee === undefined ||
			/\b(?:function|filter)\s+(?:\w+:)?$/i.test(file.text.slice(Math.max(0, start - 30), start))
		)
			return [];
		const script = name!.toLowerCase().endsWith(".ps1");
		if (!script && (file.language !== "powershell" || kindAt(file, start) !== "code")) return [];
		if (script && !isCall(file, start)) return [];
		const from = start + name!.length;
		const joined = script && /Join-Path[^\n]*$/i.test(file.text.slice(file.text.lastIndexOf("\n", start) + 1, start));
		const quotes = (joined ? /^["']?\)?/ : script ? /^["']?/ : /^/).exec(file.text.slice(from, from + 3))![0].length;
		return givenFrom(file, file.text, from + quotes, callee);
	});
}

/** The parameters from an offset on that the callee has not. */
const givenFrom = (file: SourceFile, text: string, from: number, callee: Parameters): Given[] =>
	unknownOf(file, [...argumentsAt(text, from)], callee);

const unknownOf = (
	file: SourceFile,
	given: readonly { parameter: string; at: number }[],
	callee: Parameters,
): Given[] =>
	given.flatMap(({ parameter, at }): Given[] => {
		const small = parameter.toLowerCase();
		const fits =
			COMMON.test(small) ||
			callee.names.some((one) => one === small) ||
			callee.names.filter((one) => one.startsWith(small)).length === 1;
		return fits ? [] : [{ callee, parameter, file, at }];
	});

/** Whether the line starts the script: `&`, `.\`, `-File`. */
function isCall(file: SourceFile, at: number): boolean {
	const before = file.text.slice(file.text.lastIndexOf("\n", at) + 1, at);
	if (
		/^\s*(?:#|::|rem\b)/i.test(before) ||
		/\b(?:Test-Path|Get-Content|Copy-Item|Remove-Item|Get-ChildItem|gci|Get-Item|Join-Path(?!.*&)(?<!&\s*\(\s*Join-Path))\b/i.test(
			before.replace(/&\s*\(\s*Join-Path/i, "& "),
		)
	)
		return false;
	return /(?:^|[\s({;|=])&\s*|^\s*(?:PS[^>]*>\s*)?["']?\.{1,2}[\\/][\w.\\/-]*$|-File\s+\S*|-FilePath\s+\S*/i.test(
		before,
	);
}

const PART = /`\r?\n|(?<=[\s)"'])-([A-Za-z]\w*)(?=[\s:]|$)|"(?:[^"`\n]|`.)*"|'[^'\n]*'|[^]/g;
const OPERATOR =
	/^(?:c|i)?(?:eq|ne|gt|lt|ge|le|match|notmatch|like|notlike|in|notin|contains|notcontains|replace|split)$|^(?:and|or|not|xor|join|f|is|isnot|as)$/i;

/** `-Name` words up to the end of a command; `start` is behind what is called. */
function* argumentsAt(text: string, start: number): Generator<{ parameter: string; at: number }> {
	let depth = 0;
	for (const { 0: part, index, 1: parameter } of text.slice(start, start + 2000).matchAll(PART)) {
		if (part.startsWith("`") && part.length > 1) continue;
		if (parameter !== undefined) {
			if (depth > 0) continue;
			// Behind an operator stands an expression, and no argument.
			if (OPERATOR.test(parameter)) return;
			yield { parameter, at: start + index };
		} else if (part.length > 1) continue;
		else if (/[([{]/.test(part)) depth += 1;
		else if (/[)\]}]/.test(part)) {
			if (--depth < 0) return;
		} else if (depth === 0 && /[\n;|"'&<>]/.test(part)) return;
	}
}
