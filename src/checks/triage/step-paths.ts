import { posix } from "node:path";
import { loopPatterns, pathArguments, type PathArgument } from "../shell/path-arguments.ts";
import { parseShell, type Word } from "../shell/lexer.ts";
import { scriptsOf as npmScripts } from "../javascript/scripts.ts";
import { isFound } from "../tree/glob-found.ts";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import { mayBeMade } from "../tree/generated.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import { mayExist, workspaceOf } from "../workflows/created.ts";
import { foldersOf } from "../workflows/folders.ts";
import { counted, readableOf, type Step } from "../workflows/model.ts";
import { argumentsOf, plainScriptOf } from "../workflows/script.ts";
import { folderOf } from "../workflows/builds.ts";

export default {
	code: "TS233",
	scope: "static",
	severity: "error",
	question: "Is there something at every path that a test run, a linter or a loop of CI is given?",
	why: "The folder was moved, or the step runs in another one already: the run fails, or tests and linters see none of the files.",
	example: "`pytest backend/tests` with `working-directory: backend`: write tests.",
	run(tree) {
		// Workflows alone are no checkout of what they run in.
		const isAlone = tree.paths.every((path) => path.startsWith(".github/"));
		const steps = (isAlone ? [] : readableOf(tree)).flatMap(({ jobs }) => jobs.flatMap((job) => job.steps));
		const files = tree.files.filter(({ path }) => !isAside(path) && !isTest(path) && !isSample(path));
		return {
			looked: counted(tree),
			findings: [...steps.flatMap((step) => inStep(step, tree)), ...files.flatMap((file) => inTasks(file, tree))],
		};
	},
} satisfies StaticCheck;

const MAKES =
	/(?:>|\b(?:mkdir|cp|mv|clone|tar|unzip|touch|tee|ln|curl|wget|init|generate|gen|codegen|download|rsync|scp|gh|aws|gsutil|create|export|build|new)\b|\s-[oO]\b|--out)/;

function inStep(step: Step, tree: Tree): Found[] {
	const [space, script] = [workspaceOf(step.job, step.index), plainScriptOf(step)];
	if (script === undefined || !space.checkedOut || space.unknown) return [];
	const folders = foldersOf(script);
	const given = script.commands.flatMap((command) => {
		const folder = folders.get(command);
		// What is behind `||` or asked by `if` may fail.
		if (folder === undefined || isForgiven(script.text, command.words.at(-1)?.end ?? 0)) return [];
		return pathArguments(argumentsOf(command)).map((one) => ({ ...one, folder }));
	});
	const start = folderOf(step);
	const isMoved = script.commands.some((command) => /^(?:cd|pushd|shopt)$/.test(command.words[0]?.text ?? ""));
	const loops =
		isMoved || start.includes("$") ? [] : loopPatterns(script.text).map((one) => ({ ...one, folder: start }));
	return [...given, ...loops].flatMap((one): Found[] => {
		const path = posix.join(one.folder, one.text).replace(/\/+$/, "");
		if (isFound(tree, path) || isMade(path, `${space.before}\n${script.text.slice(0, one.at)}`, tree)) return [];
		// By its first folder: patterns are known to it alone.
		const top = path.split(/\/(?=[^/]*[*?[{])/)[0]!;
		if (!isFound(tree, top) && mayExist(top, { ...space, before: "" }, "")) return [];
		return [foundFor(one, path, one.folder, script.place(one.at), tree, step)];
	});
}

/** Whether a failure of a command is taken: `x || true`. */
const isForgiven = (text: string, end: number): boolean => /^[^\n;&|]*\|\|/.test(text.slice(end));

function isMade(path: string, before: string, tree: Tree): boolean {
	if (path.startsWith("..") || mayBeMade(tree, path) || mayBeMade(tree, posix.dirname(path))) return true;
	const plain = path.replace(/\/?[^/]*[*?[{].*$/, "");
	// Its own name, and the folders above it that are not in the tree either.
	const names = [posix.basename(plain)];
	for (let up = posix.dirname(plain); up !== posix.dirname(up) && !tree.has(up); up = posix.dirname(up))
		names.push(posix.basename(up));
	const makers = before.split("\n").filter((line) => MAKES.test(line));
	return names.some((name) => name !== "" && makers.some((line) => line.includes(name)));
}

function foundFor(
	{ text, by }: PathArgument,
	path: string,
	folder: string,
	place: FilePlace,
	tree: Tree,
	step: Step | undefined,
): Found {
	const inFolder = folder === "" || folder === "." ? "" : folder.replace(/^\.\/|\/$/g, "");
	const short = inFolder !== "" && text.startsWith(`${inFolder}/`) ? text.slice(inFolder.length + 1) : undefined;
	const set = step?.part.get("working-directory") ?? step?.job.part.get("defaults", "run", "working-directory");
	const here = short !== undefined && isFound(tree, posix.join(inFolder, short));
	const also = set === undefined || short === undefined ? [] : [set.place];
	const elsewhere = here ? undefined : otherFolder(text, tree);
	return {
		message: `${place.path} gives ${by === "for" ? "a loop" : by} ${text}${inFolder === "" ? "" : ` in ${inFolder}`}, and the tree has nothing at ${path}`,
		evidence: [place, ...also],
		fix: {
			say: here
				? `write ${short}: the command runs in ${inFolder} already`
				: elsewhere === undefined
					? `write the path as it is now, or take ${text} out`
					: `write ${elsewhere}, or take ${text} out`,
		},
	};
}

/** A folder with files of the same ending, or the same name. */
function otherFolder(text: string, tree: Tree): string | undefined {
	const name = posix.basename(text);
	const bare = text.replace(/\/+$/, "");
	const plural = bare.endsWith("s") ? bare.slice(0, -1) : `${bare}s`;
	if (!/[*?{]/.test(bare) && tree.has(plural)) return plural;
	const wild = /^\*+(\.\w+)$/.exec(name)?.[1];
	const found = tree.paths.find((path) => (wild === undefined ? posix.basename(path) === name : path.endsWith(wild)));
	if (found !== undefined) return wild === undefined ? found : posix.join(posix.dirname(found), name);
	const folder = tree.paths.find((path) => path.includes(`/${name}/`));
	return folder?.slice(0, folder.indexOf(`/${name}/`) + name.length + 1);
}

/** Scripts of a package.json, recipes of a Makefile, where another path of the same command is there. */
function inTasks(file: SourceFile, tree: Tree): Found[] {
	const folder = posix.dirname(file.path).replace(/^\.$/, "");
	const isMake = /(?:^|\/)(?:GNU)?[Mm]akefile$/.test(file.path);
	if (!isMake && !/(?:^|\/)package\.json$/.test(file.path)) return [];
	// What is packed for others comes without its tests and sources.
	if (![".gitignore", ".github", "package-lock.json"].some((one) => tree.has(one))) return [];
	const lines = isMake
		? file.lines.flatMap((text, index) =>
				text.startsWith("\t") ? [{ text: text.replace(/^\t[@-]*/, ""), line: index + 1 }] : [],
			)
		: npmScripts(file);
	return lines.flatMap(({ text, line }) => {
		// In a makefile each line is a shell of its own; a continued one is somebody's end.
		if (/\b(?:cd|pushd)\s|\|\||\\$/.test(text) || (isMake && file.lines[line - 2]?.endsWith("\\"))) return [];
		return parseShell(text.replaceAll(/\$\(([^()]*)\)/g, "$${$1}")).commands.flatMap((command) =>
			inTask(argumentsOf(command).map(withoutVariable), folder, tree, file.place(line)),
		);
	});
}

/** `$(VENV)/bin/ruff` is ruff. */
const withoutVariable = (word: Word): Word => ({
	...word,
	text: word.text.replace(/^\$\{?\w+\}?\/(?:bin|Scripts)\//, ""),
});

function inTask(words: readonly Word[], folder: string, tree: Tree, place: FilePlace): Found[] {
	const all = pathArguments(words).map((one) => ({ ...one, path: posix.join(folder, one.text) }));
	const gone = all.filter(({ path }) => !isFound(tree, path));
	if (gone.length === all.length) return [];
	return gone
		.filter(({ path, by }) => !by.startsWith("c") && !isMade(path, "", tree) && !mayExist(path, NOWHERE, ""))
		.map((one) => foundFor(one, one.path, folder, place, tree, undefined));
}

const NOWHERE = { checkedOut: true, foreign: [], unknown: false, before: "" };
