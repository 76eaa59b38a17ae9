import type { Instruction } from "dockerfile-ast";
import { instructionsOf } from "../../system/dockerfile-instructions.ts";
import { parseShell, type Script } from "../shell/lexer.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** One instruction. Offsets count in the file's text. */
export interface Step {
	/** In capitals. */
	keyword: string;
	start: number;
	end: number;
	/** What stands after the keyword, with flags and line ends, as it is written. */
	args: string;
	/** The offset of `args`. */
	argsAt: number;
	/** `--from=…` and its like, by name. */
	flags: ReadonlyMap<string, string>;
	/** What stands after the flags. */
	rest: string;
	restAt: number;
}

export interface Stage {
	index: number;
	name: string | undefined;
	/** The image or stage of FROM as it is written. */
	base: string;
	from: Step;
	/** The stage that it stands on. */
	parent: Stage | undefined;
	/** After FROM. */
	steps: readonly Step[];
}

export interface DockerModel {
	file: SourceFile;
	/** ARG before the first FROM, with its default. */
	globals: ReadonlyMap<string, { value: string | undefined; step: Step }>;
	stages: readonly Stage[];
	steps: readonly Step[];
}

/** Templates of another program, and the ignore file that stands beside a Dockerfile. */
const NOT_ONE =
	/\.(?:dockerignore|md|txt|j2|jinja2?|tmpl|tpl|erb|template|[cm]?[jt]sx?|py|go|rs|rb|java|sh|json|ya?ml|snap|orig|bak|old|rej)$/i;

/** The Dockerfiles of a tree that are none of another program's templates. */
export const dockerfilesOf = (tree: Tree): DockerModel[] =>
	tree
		.in("dockerfile")
		.filter((file) => !NOT_ONE.test(file.path) && !file.has(/^[ \t]*\{[{%]/m) && file.has(/^[ \t]*FROM\s/im))
		.map(dockerModel);

/** Parsed once a file. */
const dockerModel = once(parse);

function parse(file: SourceFile): DockerModel {
	const starts = [0, ...file.matches(/\r\n|\n|\r/g).map(({ index, 0: end }) => index + end.length)];
	const steps = instructionsOf(file.text).map((instruction) => stepOf(instruction, file.text, starts));
	const globals = new Map<string, { value: string | undefined; step: Step }>();
	const stages: { -readonly [K in keyof Stage]: Stage[K] }[] = [];
	let own: Step[] = [];
	for (const step of steps) {
		if (step.keyword === "FROM") {
			own = [];
			stages.push(stageOf(step, own, stages));
		} else if (stages.length > 0) own.push(step);
		else if (step.keyword === "ARG") for (const [name, value] of assignments(step)) globals.set(name, { value, step });
	}
	return { file, globals, stages, steps };
}

function stepOf(instruction: Instruction, text: string, starts: readonly number[]): Step {
	const offset = ({ line, character }: { line: number; character: number }) => starts[line]! + character;
	const range = instruction.getRange();
	const [start, end] = [offset(range.start), offset(range.end)];
	const word = offset(instruction.getInstructionRange().end);
	const blanks = /^(?:[ \t]|\\\r?\n)*/.exec(text.slice(word, end))![0].length;
	const args = text.slice(word + blanks, end);
	const flags = new Map<string, string>();
	let at = 0;
	if (!["ENV", "ARG", "LABEL"].includes(instruction.getKeyword()))
		for (;;) {
			const flag = /^--([\w-]+)(?:=("[^"]*"|\S*))?(?:\s|\\\r?\n)*/.exec(args.slice(at));
			if (flag === null) break;
			flags.set(flag[1]!, (flag[2] ?? "").replaceAll('"', ""));
			at += flag[0].length;
		}
	const argsAt = word + blanks;
	return {
		...{ keyword: instruction.getKeyword(), start, end, args, argsAt },
		...{ flags, rest: args.slice(at), restAt: argsAt + at },
	};
}

function stageOf(from: Step, steps: Step[], before: readonly Stage[]): Stage {
	const [base = "", as, name] = from.rest.split(/(?:\s|\\\r?\n)+/);
	const called = as?.toUpperCase() === "AS" ? name?.toLowerCase() : undefined;
	const parent = before.findLast((stage) => stage.name === base.toLowerCase());
	return { index: before.length, name: called, base: base.replaceAll(/^"|"$/g, ""), from, parent, steps };
}

/** Names and values of ARG and ENV. */
export function assignments(step: Step): [name: string, value: string | undefined, at: number][] {
	const { commands } = parseShell(masked(step));
	const words = commands[0]?.words ?? [];
	const [first] = words;
	if (step.keyword === "ENV" && first !== undefined && !first.text.includes("="))
		return [[first.text, step.rest.slice(first.end).trim(), step.restAt + first.start]];
	return words.map(({ text, start }) => {
		const [, name, value] = /^([^=]*)(?:=(.*))?$/s.exec(text)!;
		return [name!, value, step.restAt + start];
	});
}

/** Without comments between continued lines, in the same offsets as `rest`. */
export const masked = ({ rest }: Pick<Step, "rest">): string =>
	/\n[ \t]*(?:#|\r?\n)/.test(rest) && !/<<-?\s*["']?\w/.test(rest)
		? rest.replaceAll(/(?<=\n)[ \t]*(?:#[^\n]*)?(?:\n|$)/g, (line) => " ".repeat(line.length))
		: rest;

/** JSON's words of an instruction in exec form; undefined in shell form. */
export function execForm({ rest }: Pick<Step, "rest">): string[] | undefined {
	const text = rest.replaceAll(/\\\r?\n/g, " ").trim();
	if (!text.startsWith("[")) return undefined;
	try {
		const value: unknown = JSON.parse(text);
		return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
	} catch {
		return undefined;
	}
}

/** The commands of RUN, CMD or ENTRYPOINT in shell form, in the offsets of `rest`. */
export const scriptOf = once((step: Step): Script =>
	execForm(step) === undefined ? parseShell(bodyOf(step)) : { commands: [], faults: [] },
);

/** A RUN of nothing but a here-document runs what stands in it. */
function bodyOf(step: Step): string {
	const found = /^<<-?\s*(["']?)(\w+)\1[ \t]*\r?\n/.exec(step.rest);
	if (found === null) return masked(step);
	if (/^#!(?!.*\b(?:ba|da)?sh\b)/.test(step.rest.slice(found[0].length))) return "";
	const end = step.rest.search(new RegExp(`^\\t*${found[2]!}\\s*$`, "m"));
	return " ".repeat(found[0].length) + step.rest.slice(found[0].length, end === -1 ? undefined : end);
}
