import { posix } from "node:path";
import { cronLines } from "../data/crontabs.ts";
import { dockerfilesOf, execForm, masked } from "../dockerfile/model.ts";
import { scriptsOf as npmScripts } from "../javascript/scripts.ts";
import type { FilePlace } from "../place.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { scriptsOf as stepScripts, shellOf } from "../workflows/script.ts";
import { parseShell, shellScriptOf } from "./lexer.ts";
import { recipesIn } from "./recipes.ts";
import type { Command, Script } from "./script.ts";

/** Shell code, wherever it stands. */
export interface ShellText extends Script {
	kind: "script" | "step" | "make" | "run" | "npm" | "line";
	file: SourceFile;
	/** What was parsed; offsets of the commands count here. */
	text: string;
	place: (offset: number) => FilePlace;
	/** Whether who runs it gives the shell -e, and -o pipefail. */
	errexit: boolean;
	pipefail: boolean;
}

const known = new WeakMap<Tree, readonly ShellText[]>();
const OTHER_SHELL = /^#!.*\b(?:zsh|fish|k?csh|tcsh|ksh)\b/;

/** Scripts, steps of workflows, recipes of make, RUN of Dockerfiles, scripts of package.json, and the lines of cron, supervisor and systemd. */
export function shellTexts(tree: Tree): readonly ShellText[] {
	const cached = known.get(tree);
	if (cached !== undefined) return cached;
	const all = [
		...tree.in("shell").flatMap(ofFile),
		...stepScripts(tree).map(ofStep),
		...tree.files.flatMap(ofRecipes),
		...dockerfilesOf(tree).flatMap(ofDockerfile),
		...tree.files.filter(({ path }) => posix.basename(path) === "package.json").flatMap(ofPackage),
		...cronLines(tree).flatMap(({ file, line, rest, system }) =>
			ofLine(file, line, system ? rest.replace(/^[a-z_][\w-]*[ \t]+/, "") : rest),
		),
		...tree.in("ini").flatMap(ofIni),
	].filter(({ file }) => !isAside(file.path));
	known.set(tree, all);
	return all;
}

function ofFile(file: SourceFile): ShellText[] {
	if (OTHER_SHELL.test(file.text)) return [];
	const errexit = /^#!.*\s-\w*e/.test(file.text);
	return [
		{
			...{ ...shellScriptOf(file), kind: "script", file, text: file.text, errexit, pipefail: false },
			place: (offset) => file.placeAt(offset),
		},
	];
}

function ofStep(script: ReturnType<typeof stepScripts>[number]): ShellText {
	const shell = shellOf(script.step);
	return {
		...{ ...script, kind: "step", file: script.step.job.workflow.file },
		errexit: shell === undefined || /^(?:bash|sh)$|\s-\w*e/.test(shell),
		pipefail: shell === "bash" || (shell?.includes("pipefail") ?? false),
	};
}

const ofRecipes = (file: SourceFile): ShellText[] =>
	recipesIn(file).flatMap(({ lines }) =>
		lines.map(({ text, line }): ShellText => ({
			...{ ...parseShell(text), kind: "make", file, text, errexit: false, pipefail: false },
			place: (offset) => file.place(line + (text.slice(0, offset).match(/\n/g)?.length ?? 0)),
		})),
	);

const ofDockerfile = ({ file, steps }: ReturnType<typeof dockerfilesOf>[number]): ShellText[] =>
	steps
		.filter((step) => step.keyword === "RUN" && execForm(step) === undefined)
		.map((step): ShellText => {
			const text = masked(step);
			return {
				...{ ...parseShell(text), kind: "run", file, text, errexit: false, pipefail: false },
				place: (offset) => file.placeAt(step.restAt + offset),
			};
		});

const ofPackage = (file: SourceFile): ShellText[] =>
	npmScripts(file).map(({ text, line }): ShellText => ({
		...{ ...parseShell(text), kind: "npm", file, text, errexit: false, pipefail: false },
		place: () => file.place(line),
	}));

const ofLine = (file: SourceFile, line: number, text: string): ShellText[] =>
	file.language === "dockerfile" || file.language === "shell"
		? []
		: [
				{
					...{ ...parseShell(text), kind: "line", file, text, errexit: false, pipefail: false },
					place: () => file.place(line),
				},
			];

const ofIni = (file: SourceFile): ShellText[] =>
	file.lines.flatMap((text, index) => {
		const command = /^(?:command|Exec(?:Start|Stop|Reload)(?:Pre|Post)?)[ \t]*=[ \t]*[-@+!:|]*(.+)$/.exec(text)?.[1];
		return command === undefined ? [] : ofLine(file, index + 1, command.replaceAll(/%(?=\()/g, "$"));
	});

/** The commands that stand in no `$(…)`, in their order. */
export const plainCommands = ({ commands }: Script): Command[] =>
	commands.filter(({ nested, words }) => !nested && words.length > 0);

/** Whether the shell ends at a command that fails, at an offset. */
export const stopsAt = ({ text, errexit }: ShellText, offset: number): boolean => {
	const last = [
		...text.slice(0, offset).matchAll(/^[ \t]*set[ \t]+(?:[-+]\w+[ \t]+)*?([-+])(?:\w*e\w*\b|o[ \t]+errexit)/gm),
	].at(-1);
	return last === undefined ? errexit : last[1] === "-";
};

/** Where a command ends, with its here-document. */
export function endOf({ words, writes, reads, heredoc }: Command): number {
	const ends = [...words, ...writes, ...reads].map(({ end }) => end);
	return Math.max(...ends, heredoc === undefined ? 0 : heredoc.start + heredoc.text.length);
}

/** What stands between the commands: keywords, joints and comments. */
function* gaps(script: ShellText, from: number): Generator<{ text: string; at: number; next: Command | undefined }> {
	let at = from;
	for (const next of plainCommands(script)
		.filter(({ words }) => words[0]!.start >= from)
		.toSorted((a, b) => a.words[0]!.start - b.words[0]!.start)) {
		yield { text: withoutComments(script.text.slice(at, Math.max(at, next.words[0]!.start))), at, next };
		at = Math.max(at, endOf(next));
	}
	yield { text: withoutComments(script.text.slice(at)), at, next: undefined };
}

const withoutComments = (text: string): string => text.replaceAll(/(?<=^|\s)#[^\n]*/g, (one) => " ".repeat(one.length));

/** The offset behind the `done` of a loop whose condition begins at an offset. */
export function loopEnd(script: ShellText, from: number): number | undefined {
	let open = 0;
	for (const { text, at } of gaps(script, from))
		for (const { 0: word, index } of text.matchAll(/(?<![\w$-])(?:do|done)(?![\w-])/g)) {
			open += word === "do" ? 1 : -1;
			if (open === 0) return at + index + word.length;
		}
	return undefined;
}
