import { posix } from "node:path";
import type { From, JSONInstruction, PropertyInstruction } from "dockerfile-ast";
import { UserError } from "../errors/errors.ts";
import { instructionsOf } from "../system/dockerfile-instructions.ts";
import { addArgs, addEnv, expand, globally, inStage, scopeOf, type Scope } from "./build-args.ts";
import { isHeredoc, withoutHeredocs } from "./heredoc.ts";

export interface DockerfileFacts {
	/** Context paths and patterns that COPY, ADD and bind mounts take, sorted, each once, without leading `./` or `/`. */
	paths: string[];
	/** Names of the build arguments it declares, sorted. */
	args: string[];
}

interface Stage {
	/** What other stages call it by: its name or its number. */
	names: readonly string[];
	/** Stages or images that it stands on, copies from or mounts. */
	from: string[];
	paths: Taken[];
	scope: Scope;
}

/** A path as it is written, or `unclear` where that is not understood. */
interface Taken {
	path: string;
	unclear?: string;
	/** Counted from 1. */
	line: number;
}

/**
 * What a Dockerfile takes from outside with the given values of build arguments: only the stages count that its last
 * one needs.
 * @param file how the text is called in messages
 * @throws UserError dockerfile_not_understood, with the line
 */
export function readDockerfile(
	text: string,
	values: Readonly<Record<string, string>> = {},
	file = "Dockerfile",
): DockerfileFacts {
	const syntax = syntaxOf(text);
	if (syntax !== undefined && !/^(?:docker\.io\/)?docker\/dockerfile(?:[:@]|$)/.test(syntax))
		throw notUnderstood(file, 1, `the syntax ${syntax}`);
	const plain = withoutHeredocs(text);
	if (plain.open !== undefined) throw notUnderstood(file, plain.open, "a here-document that never ends");
	const instructions = instructionsOf(plain.text) as JSONInstruction[];
	const declared = instructions.filter((instruction) => instruction.getKeyword() === "ARG").flatMap(namesOf);
	const stages = stagesOf(instructions, values);
	return {
		paths: unique(needed(stages).flatMap(({ paths }) => paths.map((path) => normal(path, file)))),
		args: unique(declared),
	};
}

/** The frontend that a text asks for (buildkit, frontend/dockerfile/parser/directives.go, DetectSyntax). */
function syntaxOf(text: string): string | undefined {
	const lines = text
		.replace(/^\uFEFF/, "")
		.replace(/^#!.*\n/, "")
		.split("\n");
	for (const line of lines) {
		const [, name, value] = /^(?:#|\/\/)[ \t]*([a-z]\w*)[ \t]*=[ \t]*(\S+)/i.exec(line) ?? [];
		if (name === undefined) break;
		if (name.toLowerCase() === "syntax") return value;
	}
	return /^\s*\{[^]*?"syntax"\s*:\s*"([^"]*)"/.exec(text)?.[1];
}

function stagesOf(instructions: readonly JSONInstruction[], given: Readonly<Record<string, string>>): Stage[] {
	const stages: Stage[] = [];
	const global = scopeOf();
	for (const instruction of instructions) {
		const keyword = instruction.getKeyword();
		const stage = stages.at(-1);
		if (keyword === "FROM") stages.push(begun(instruction as unknown as From, stages, global));
		else if (keyword === "ARG") addArgs(stage?.scope ?? global, propertiesOf(instruction), given, stage && global);
		else if (stage && keyword === "ENV") addEnv(stage.scope, propertiesOf(instruction));
		else if (stage && (keyword === "COPY" || keyword === "ADD")) copies(stage, instruction);
		else if (stage && keyword === "RUN") mounts(stage, instruction);
	}
	return stages;
}

function begun(from: From, stages: readonly Stage[], global: Scope): Stage {
	const image = expand(from.getImage() ?? "", globally(global));
	const names = [String(stages.length), from.getBuildStage()?.toLowerCase() ?? ""];
	return { names, from: [image], paths: [], scope: scopeOf(called(image, stages)?.scope) };
}

function copies(stage: Stage, instruction: JSONInstruction): void {
	const values = inStage(stage.scope);
	stage.paths.push(...copied(instruction, values));
	stage.from.push(
		...flagsOf(instruction).flatMap(({ name, value }) => (name === "from" ? [expand(value, values)] : [])),
	);
}

function mounts(stage: Stage, instruction: JSONInstruction): void {
	const values = inStage(stage.scope);
	const found = mountsOf(instruction);
	if (isQuoted(instruction)) stage.paths.push({ path: "", unclear: "quotes in a mount", line: lineOf(instruction) });
	stage.paths.push(...mounted(found).map((path) => takenFrom(expand(path, values), instruction)));
	stage.from.push(...found.flatMap((mount) => expand(mount.get("from") ?? "", values) || []));
}

const called = (name: string, stages: readonly Stage[]): Stage | undefined =>
	stages.findLast(({ names }) => names.includes(name.toLowerCase()));

/** The last stage and those that it needs. */
function needed(stages: readonly Stage[]): Stage[] {
	const found = new Set(stages.slice(-1));
	for (const { from } of found)
		for (const name of from) {
			const stage = called(name, stages);
			if (stage) found.add(stage);
		}
	return [...found];
}

function copied(instruction: JSONInstruction, values: ReturnType<typeof inStage>): Taken[] {
	if (flagsOf(instruction).some(({ name }) => name === "from")) return [];
	const text = (instruction.getArgumentsContent() ?? "").replace(/^(?:--\S+\s+)*/, "");
	const words = jsonWords(text) ?? text.split(/\s+/).filter(Boolean).map(plainWord);
	return words
		.slice(0, -1)
		.filter((word) => !isHeredoc(word) && !/^\w+:\/\/|^git@/.test(word))
		.map((word) => takenFrom(expand(word, values), instruction));
}

/** The form of a list of strings; undefined where it is none, as Docker takes it for words then. */
function jsonWords(text: string): string[] | undefined {
	if (!text.startsWith("[")) return undefined;
	try {
		const words = JSON.parse(text) as unknown[];
		return words.every((word) => typeof word === "string") ? words : undefined;
	} catch {
		return undefined;
	}
}

/** Quotes around a whole word are no part of it. */
const plainWord = (word: string): string => /^"([^"'\\]*)"$|^'([^']*)'$/.exec(word)?.slice(1).find(Boolean) ?? word;

/** The parser knows ARG and ENV as instructions with properties. */
const propertiesOf = (instruction: JSONInstruction) => instruction as unknown as PropertyInstruction;

const namesOf = (instruction: JSONInstruction): string[] =>
	propertiesOf(instruction)
		.getProperties()
		.map((property) => property.getName());

const lineOf = (instruction: JSONInstruction): number => instruction.getRange().start.line + 1;

function takenFrom(path: string, instruction: JSONInstruction): Taken {
	const line = lineOf(instruction);
	return /[$"'\\]/.test(path) ? { path, line, unclear: `the path ${path}` } : { path, line };
}

const mountsOf = (instruction: JSONInstruction): ReadonlyMap<string, string>[] =>
	flagsOf(instruction)
		.filter(({ name }) => name === "mount")
		.map(({ value }) => new Map(value.split(",").map((pair) => pair.split("=") as [string, string])));

/** A quote makes a field of its own of it (RFC 4180), commas and all. */
const isQuoted = (instruction: JSONInstruction): boolean =>
	flagsOf(instruction).some(({ name, value }) => name === "mount" && value.includes('"'));

const mounted = (mounts: readonly ReadonlyMap<string, string>[]): string[] =>
	mounts
		.filter((mount) => (mount.get("type") ?? "bind") === "bind" && !mount.has("from"))
		.map((mount) => mount.get("source") ?? mount.get("src") ?? ".");

const flagsOf = (instruction: JSONInstruction) =>
	instruction.getFlags().map((flag) => ({ name: flag.getName(), value: flag.getValue() ?? "" }));

/** Docker takes no path from above the context's root. @throws UserError dockerfile_not_understood */
function normal({ path, unclear, line }: Taken, file: string): string {
	if (unclear !== undefined) throw notUnderstood(file, line, unclear);
	return posix.normalize(`/${path}`).replace(/^\/+/, "").replace(/\/+$/, "") || ".";
}

const notUnderstood = (file: string, line: number, what: string) =>
	new UserError("dockerfile_not_understood", `${file}:${line}: not understood: ${what}`, {
		hint: `write it in a plainer form: cres must know which files ${file} copies`,
	});

const unique = (values: readonly string[]): string[] => [...new Set(values)].sort();
