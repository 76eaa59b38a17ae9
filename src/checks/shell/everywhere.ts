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
import { once } from "../tree/once.ts";

type Kind = "script" | "step" | "make" | "run" | "npm" | "line";

/** Shell code, wherever it stands; parsed when its commands are asked for. */
export class ShellText implements Script {
	readonly kind: Kind;
	readonly file: SourceFile;
	/** What was parsed; offsets of the commands count here. */
	readonly text: string;
	readonly place: (offset: number) => FilePlace;
	/** Whether who runs it gives the shell -e, and -o pipefail. */
	readonly errexit: boolean;
	readonly pipefail: boolean;
	readonly #parse: () => Script;
	#script: Script | undefined;

	constructor(
		of: Pick<ShellText, "kind" | "file" | "text" | "place"> & {
			errexit?: boolean;
			pipefail?: boolean;
			parse?: () => Script;
		},
	) {
		this.kind = of.kind;
		this.file = of.file;
		this.text = of.text;
		this.place = of.place;
		this.errexit = of.errexit ?? false;
		this.pipefail = of.pipefail ?? false;
		this.#parse = of.parse ?? (() => parseShell(of.text));
	}

	get commands(): readonly Command[] {
		return (this.#script ??= this.#parse()).commands;
	}

	get faults(): Script["faults"] {
		return (this.#script ??= this.#parse()).faults;
	}
}

const OTHER_SHELL = /^#!.*\b(?:zsh|fish|k?csh|tcsh|ksh)\b/;

/** Scripts, steps of workflows, recipes of make, RUN of Dockerfiles, scripts of package.json, and the lines of cron, supervisor and systemd. */
export const shellTexts = once((tree: Tree): readonly ShellText[] => {
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
	return all;
});

function ofFile(file: SourceFile): ShellText[] {
	const { text } = file;
	if (file.has(OTHER_SHELL)) return [];
	const place = (offset: number): FilePlace => file.placeAt(offset);
	const errexit = file.has(/^#!.*\s-\w*e/);
	return [new ShellText({ kind: "script", file, text, place, errexit, parse: () => shellScriptOf(file) })];
}

function ofStep(script: ReturnType<typeof stepScripts>[number]): ShellText {
	const shell = shellOf(script.step);
	return new ShellText({
		...{ kind: "step", file: script.step.job.workflow.file, text: script.text, place: script.place },
		errexit: shell === undefined || /^(?:bash|sh)$|\s-\w*e/.test(shell),
		pipefail: shell === "bash" || (shell?.includes("pipefail") ?? false),
		parse: () => script,
	});
}

const ofRecipes = (file: SourceFile): ShellText[] =>
	recipesIn(file).flatMap(({ lines }) =>
		lines.map(({ text, line }) => {
			const place = (offset: number): FilePlace => file.place(line + (text.slice(0, offset).match(/\n/g)?.length ?? 0));
			return new ShellText({ kind: "make", file, text, place });
		}),
	);

const ofDockerfile = ({ file, steps }: ReturnType<typeof dockerfilesOf>[number]): ShellText[] =>
	steps
		.filter((step) => step.keyword === "RUN" && execForm(step) === undefined)
		.map((step) => {
			const place = (offset: number): FilePlace => file.placeAt(step.restAt + offset);
			return new ShellText({ kind: "run", file, text: masked(step), place });
		});

const ofPackage = (file: SourceFile): ShellText[] =>
	npmScripts(file).map(({ text, line }) => new ShellText({ kind: "npm", file, text, place: () => file.place(line) }));

const ofLine = (file: SourceFile, line: number, text: string): ShellText[] =>
	file.language === "dockerfile" || file.language === "shell"
		? []
		: [new ShellText({ kind: "line", file, text, place: () => file.place(line) })];

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
