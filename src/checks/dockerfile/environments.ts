import { posix } from "node:path";
import { shellScriptOf } from "../shell/lexer.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../triage-check.ts";
import { argumentsOf } from "../workflows/script.ts";
import { contextsOf } from "./contexts.ts";
import { chainOf, copiesOf } from "./image-files.ts";
import { assignments, dockerfilesOf, type DockerModel, type Stage } from "./model.ts";

const MAKES_ONE =
	/(?:-m\s+venv|\bvirtualenv|\buv\s+venv|\bconda\s+create\b[^\n;&]*\s(?:-p|--prefix))\s+(?:--?[\w-]+(?:=\S+|\s+[\d.]+)?\s+)*["']?(\/[\w./-]+)/g;

/** The virtual environments that the Dockerfiles of a tree make or copy, by their absolute folders. */
export function environmentsOf(tree: Tree): { folder: string; place: FilePlace }[] {
	return dockerfilesOf(tree).flatMap(({ file, steps }) =>
		steps.flatMap((step) => {
			if (step.keyword === "RUN")
				return [...step.rest.matchAll(MAKES_ONE)].map(({ 1: folder, index }) => ({
					folder: posix.normalize(folder!).replace(/\/$/, ""),
					place: file.placeAt(step.restAt + index),
				}));
			if (step.keyword !== "ENV") return [];
			return assignments(step).flatMap(([name, value, at]) =>
				/^(?:VIRTUAL_ENV|UV_PROJECT_ENVIRONMENT)$/.test(name) && /^["']?\/[\w./-]+["']?$/.test(value ?? "")
					? [{ folder: value!.replaceAll(/["']/g, "").replace(/\/$/, ""), place: file.placeAt(at) }]
					: [],
			);
		}),
	);
}

/** Whether a folder is one by its name: `/venv`, `/opt/app/.venv`, `/opt/env`. */
export const isEnvironment = (folder: string): boolean =>
	/(?:^|[/._-])(?:\.?v?env|virtualenv)s?(?:$|[/_-])/i.test(folder);

/** The shell scripts of the tree that a stage, or one that it stands on, copies. */
export function scriptsIn(tree: Tree, model: DockerModel, stage: Stage): SourceFile[] {
	const copied = copiedBy(tree, model, stage);
	return tree.in("shell").filter(({ path }) => !isAside(path) && !isTest(path) && copied(path));
}

/** Whether a stage, or one that it stands on, copies a file of the tree: by its name, or with its folder. */
export function copiedBy(tree: Tree, model: DockerModel, stage: Stage): (path: string) => boolean {
	const contexts = contextsOf(tree, model.file.path) ?? [""];
	const sources = copiesOf(stage)
		.filter(({ from }) => from === undefined)
		.flatMap((copied) => copied.sources)
		.flatMap((source) => contexts.map((context) => posix.join(context, source).replace(/\/$/, "")));
	return (path) =>
		sources.some((source) => source === "." || source === path || path.startsWith(`${source}/`) || glob(source, path));
}

const glob = (source: string, path: string): boolean =>
	source.includes("*") &&
	new RegExp(
		`^${source
			.split("*")
			.map((part) => RegExp.escape(part))
			.join("[^/]*")}(?:/|$)`,
	).test(path);

/** What a script starts by an absolute path, or takes in with `source`, unless it looks whether it is there. */
export function absoluteIn(file: SourceFile): { path: string; place: FilePlace }[] {
	const first = /^#![ \t]*(\/\S+)/.exec(file.text)?.[1];
	const shebang =
		first !== undefined && isEnvironment(posix.dirname(posix.dirname(first)))
			? [{ path: first, place: file.place(1) }]
			: [];
	const started = shellScriptOf(file).commands.flatMap((command) => {
		const words = argumentsOf(command);
		const word = /^(?:source|\.)$/.test(words[0]?.text ?? "") ? words[1] : words[0];
		if (word === undefined || word.dynamic || !/^\/[\w./-]*\/bin\/[\w.-]+$/.test(word.text)) return [];
		return [{ path: word.text, place: file.placeAt(word.start) }];
	});
	return [...shebang, ...started].filter(({ path }) => {
		const folder = posix.dirname(posix.dirname(path));
		return !new RegExp(
			`-[dxfesL]\\s+["']?${RegExp.escape(folder)}|${RegExp.escape(path)}[^\\n]*\\|\\||\\b(?:venv|cp|ln|mv)\\b[^\\n]*${RegExp.escape(folder)}(?![\\w/-])`,
		).test(file.text);
	});
}

/** Folders of `ENV PATH` that are virtual environments by their names. */
export const onPath = ({ file }: DockerModel, stage: Stage): { path: string; place: FilePlace }[] =>
	chainOf(stage).flatMap(({ steps }) =>
		steps
			.filter(({ keyword }) => keyword === "ENV")
			.flatMap((step) =>
				assignments(step).flatMap(([name, value, at]) =>
					name === "PATH"
						? (value ?? "")
								.replaceAll(/["']/g, "")
								.split(":")
								.filter((entry) => /^\/[\w./-]+\/bin$/.test(entry) && isEnvironment(posix.dirname(entry)))
								.map((entry) => ({ path: `${entry}/python`, place: file.placeAt(at) }))
						: [],
				),
			),
	);
