import { posix } from "node:path";
import { sourcesAt, workdirAt } from "../dockerfile/image-files.ts";
import { dockerfilesOf, execForm, scriptOf, type DockerModel, type Stage, type Step } from "../dockerfile/model.ts";
import { shellScriptOf } from "../shell/lexer.ts";
import type { Command } from "../shell/script.ts";
import { isAside } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../triage-check.ts";

/** What a container lives as long as: its image's ENTRYPOINT or CMD, or what the script there ends with. */
export interface MainProgram {
	/** The program and its arguments; variables stay as they are written. */
	words: readonly string[];
	/** Where that is written. */
	place: FilePlace;
	/** The instruction of the image, where a script stands in between. */
	by: FilePlace | undefined;
}

/** What hands its process over to the words behind it. */
const INIT = /(?:^|\/)(?:tini|dumb-init|catatonit|env|nice|gosu|su-exec|setpriv|stdbuf)$/;
const SHELL = /(?:^|\/)(?:ba|da|z)?sh$/;

export const mainPrograms = once((tree: Tree): readonly MainProgram[] =>
	dockerfilesOf(tree)
		.filter(({ file }) => !isAside(file.path))
		.flatMap((model) => model.stages.flatMap((stage) => inStage(tree, model, stage))),
);

function inStage(tree: Tree, model: DockerModel, stage: Stage): MainProgram[] {
	const last = (keyword: string): Step | undefined => stage.steps.findLast((step) => step.keyword === keyword);
	const [entry, command] = [last("ENTRYPOINT"), last("CMD")];
	const step = entry ?? command;
	if (step === undefined) return [];
	const given = command === undefined ? [] : wordsOf(command);
	const own = entry === undefined || execForm(entry) === undefined ? wordsOf(step) : [...wordsOf(entry), ...given];
	const words = bare(own);
	const place = model.file.placeAt(step.start);
	const script = scriptAt(tree, model, stage, SHELL.test(words[0] ?? "") ? words[1] : words[0]);
	if (script === undefined) return [{ words, place, by: undefined }];
	const rest = words.slice(words.findIndex((word) => word.endsWith(posix.basename(script.path))) + 1);
	return lastOf(script).map(({ words: all }) => {
		const texts = bare(all.map(({ text }) => text));
		return {
			words: texts[0] === "$@" ? bare(rest) : texts,
			place: texts[0] === "$@" ? place : script.placeAt(all[0]!.start),
			by: place,
		};
	});
}

/** The commands that a script puts in its own place, and the last one where it puts none. */
function lastOf(script: SourceFile): Command[] {
	const commands = shellScriptOf(script).commands.filter(({ nested, words }) => !nested && words.length > 1);
	const handed = commands.filter(({ words }) => words[0]!.text === "exec");
	const end = commands.findLast(({ depth }) => depth === 0);
	return handed.length > 0 ? handed : end === undefined || shellScriptOf(script).commands.at(-1) !== end ? [] : [end];
}

const wordsOf = (step: Step): string[] =>
	execForm(step) ??
	scriptOf(step)
		.commands.at(-1)
		?.words.map(({ text }) => text) ??
	[];

/** Without what only hands over: `exec`, an init with its options, variables in front. */
function bare(words: readonly string[]): string[] {
	let rest = [...words];
	for (let before = -1; before !== rest.length;) {
		before = rest.length;
		const [first = ""] = rest;
		if (first === "exec" || first === "--" || /^\w+=/.test(first)) rest = rest.slice(1);
		else if (INIT.test(first)) {
			const next = rest.findIndex((word, at) => at > 0 && (word === "--" || /^[/.\w]/.test(word)));
			rest = next === -1 ? [] : rest.slice(/(?:gosu|su-exec)$/.test(first) ? next + 1 : next);
		}
	}
	return rest;
}

/** The script of the tree that lies at a path of the image. */
function scriptAt(tree: Tree, model: DockerModel, stage: Stage, path: string | undefined): SourceFile | undefined {
	if (path === undefined || /[$\s]/.test(path) || !path.includes("/")) return undefined;
	const absolute = path.startsWith("/") ? path : posix.resolve(workdirAt(stage) ?? "/nowhere", path);
	const copied = sourcesAt(tree, model, stage, absolute).map((one) => tree.file(one));
	const named = tree.in("shell").filter((file) => absolute.endsWith(`/${file.path}`));
	const found = copied.find((one) => one?.language === "shell") ?? (named.length === 1 ? named[0] : undefined);
	return found;
}
