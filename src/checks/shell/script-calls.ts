import { posix } from "node:path";
import { standingOf } from "../facts/standing.ts";
import type { FilePlace } from "../place.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { argumentsOf } from "../workflows/script.ts";
import { isAside } from "../tree/aside.ts";
import { commandsIn, foreignCommands } from "./foreign-commands.ts";
import { parseShell } from "./lexer.ts";
import { shellTexts } from "./everywhere.ts";
import type { Command, Word } from "./script.ts";
import { once } from "../tree/once.ts";

/** A command that starts a shell script of the tree. */
export interface ScriptCall {
	callee: SourceFile;
	/** Behind the script. */
	words: readonly Word[];
	/** As it is written, without expressions of workflows masked. */
	file: SourceFile;
	place: FilePlace;
}

/** All such commands of scripts, steps, recipes, images, package.json and the blocks of code of documents. */
export const scriptCalls = once((tree: Tree): readonly ScriptCall[] => {
	const scripts = Map.groupBy(
		tree.in("shell").filter(({ path }) => standingOf(path) !== "history"),
		({ path }) => posix.basename(path),
	);
	// A script without an ending may be named anywhere.
	const all = [...scripts.keys()].some((name) => !/\.(?:sh|bash)$/.test(name));
	const calls =
		scripts.size === 0
			? []
			: [
					...shellTexts(tree)
						.filter(({ text }) => all || /\.(?:sh|bash)\b/.test(text))
						.flatMap(({ commands, file, place }) =>
							commands.flatMap((command) => callOf(command, scripts, file, place)),
						),
					...tree
						.in("powershell", "python", "javascript")
						.filter(({ path }) => !isAside(path))
						.flatMap((file) =>
							foreignCommands(file).flatMap(({ command, at }) =>
								callOf(command, scripts, file, () => file.placeAt(at)),
							),
						),
					...tree.in("markdown").flatMap((file) => inDocument(file, scripts)),
				];
	return calls;
});

type Scripts = ReadonlyMap<string, readonly SourceFile[]>;

function callOf(
	command: Pick<Command, "words">,
	scripts: Scripts,
	file: SourceFile,
	place: (at: number) => FilePlace,
): ScriptCall[] {
	if (standingOf(file.path) === "history") return [];
	const words = argumentsOf(command);
	if (SENDS.test(words[0]?.text ?? ""))
		return words.slice(1).flatMap((word) => {
			const inner = word.quoted && /\.(?:sh|bash)[ \t]/.test(word.text) ? commandsIn(word.text) : [];
			return inner.flatMap((one) => callOf(one, scripts, file, () => place(word.start)));
		});
	const by = /^(?:\/\S*\/)?(?:bash|sh|dash)$/.test(words[0]?.text ?? "");
	const at = by ? words.findIndex(({ text }, index) => index > 0 && !text.startsWith("-")) : 0;
	if (by && words.slice(1, at).some(({ text }) => /^-\w*[cs]/.test(text))) return [];
	const word = words[at];
	const callee = word === undefined ? undefined : calleeOf(word.text, by, file, scripts);
	if (callee === undefined || word === undefined) return [];
	return [{ callee, words: words.slice(at + 1), file, place: place(word.start) }];
}

/** Programs that give a word to a shell. */
const SENDS = /^(?:ssh|su|runuser|wsl|docker|podman|kubectl)$/;

/** The one script of the tree that a path means. */
function calleeOf(text: string, by: boolean, file: SourceFile, scripts: Scripts): SourceFile | undefined {
	const path = text.replace(/^(?:\$\{?\w+\}?|\$\([^)]*\)|~|\.{1,2})\//, "").replace(/^(?:\.{1,2}\/)+/, "");
	if (/[$*`\s]/.test(path) || (!by && !text.includes("/"))) return undefined;
	const all = scripts.get(posix.basename(path)) ?? [];
	const own = all.filter((one) => one.path === path || one.path === posix.join(posix.dirname(file.path), path));
	if (own.length === 1) return own[0];
	const ending = all.filter(
		(one) => one.path.endsWith(`/${path}`) || (path.startsWith("/") && path.endsWith(`/${one.path}`)),
	);
	const some = ending.length > 0 ? ending : path.startsWith("/") ? all : [];
	return some.length === 1 ? some[0] : undefined;
}

const FENCE =
	/^([ \t]*)(```+|~~~+)[ \t]*(?:bash|sh|shell|console|shell-session|zsh)?[ \t]*\r?\n([^]*?)^[ \t]*\2[ \t]*$/gm;

function inDocument(file: SourceFile, scripts: Scripts): ScriptCall[] {
	if (standingOf(file.path) !== "docs" || !file.has(/\.sh\b/)) return [];
	return file.matches(FENCE).flatMap(({ 0: all, 3: body, index }) => {
		const start = index + all.indexOf(body!);
		const text = body!.replaceAll(/^([ \t]*)[$>][ \t]/gm, "$1  ");
		return parseShell(text).commands.flatMap((command) =>
			callOf(command, scripts, file, (at) => file.placeAt(start + at)),
		);
	});
}
