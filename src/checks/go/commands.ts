import { posix } from "node:path";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { isComment } from "../tree/tokens.ts";
import { goFolders, goModules } from "./modules.ts";

/** `./cmd/gate` of a `go build`. */
export interface GoTarget {
	file: SourceFile;
	/** Counted from 1. */
	line: number;
	/** As it is written. */
	written: string;
	/** `go build` */
	command: string;
}

const COMMAND = /(?<![\w./-])go[ \t]+(build|run|install|test|vet)\b((?:[^\n;&|\\`]|[\\`][^\S\n]*\n|\\(?!\s*\n))*)/g;
const WORD = /(?<=\s|["',[])(\.{1,2}[\\/][\w./\\-]+)(?=["',\]\s)]|$)/g;

/** Packages by their folders, in commands of scripts, Makefiles, Dockerfiles, workflows and documents. */
export function goTargets(tree: Tree): GoTarget[] {
	if (goModules(tree).length === 0) return [];
	return tree.files
		.filter(
			({ language, path }) =>
				/^(?:shell|powershell|batch|dockerfile|yaml|markdown)$/.test(language) ||
				/(?:^|\/)(?:[Mm]akefile|GNUmakefile|justfile)$|\.mk$/.test(path),
		)
		.filter(({ text, path }) => RELEASER.test(path) || /\bgo[ \t]+(?:build|run|install|test|vet)\b/.test(text))
		.flatMap((file) =>
			RELEASER.test(file.path) ? inReleaser(file) : file.matches(COMMAND).flatMap((found) => inCommand(file, found)),
		);
}

const RELEASER = /(?:^|\/)\.?goreleaser[^/]*\.ya?ml$/;

/** `main: ./cmd/gate` of GoReleaser. */
const inReleaser = (file: SourceFile): GoTarget[] =>
	file.matches(/^\s*-?\s*main:\s*["']?(\.?\/?[\w./-]+)["']?\s*$/gm).map(({ 0: all, 1: written, index }) => ({
		file,
		line: file.lineAt(index + all.trimEnd().length),
		written: written!.startsWith("./") ? written! : `./${written!}`,
		command: "the build of",
	}));

function inCommand(file: SourceFile, { 0: all, 1: verb, 2: rest, index }: RegExpExecArray): GoTarget[] {
	// What stands behind `run PACKAGE` are arguments of the program; `-o` and its like have paths of their own.
	const own = rest!.replaceAll(
		/\s-(?:o|C|exec|modfile|overlay|pkgdir|toolexec|coverprofile|outputdir)[= ]\s*\S+/g,
		(one) => " ".repeat(one.length),
	);
	if (isComment(file, index) || /\s-C[= ]/.test(rest!)) return [];
	const words = [...own.matchAll(WORD)].slice(0, verb === "run" ? 1 : undefined);
	return words.map(({ 1: written, index: at }) => ({
		file,
		line: file.lineAt(index + all.length - rest!.length + at),
		written: file.language === "powershell" || file.language === "batch" ? written!.replaceAll("\\", "/") : written!,
		command: `go ${verb!}`,
	}));
}

/** Where a target may be meant: in the folder of its file, of a module, at the top. */
export function isThere(tree: Tree, { file, written }: GoTarget): boolean {
	const bare = written.replace(/\/?\.\.\.$/, "").replace(/\/$/, "");
	const starts = [posix.dirname(file.path), "", ...goModules(tree).map(({ folder }) => folder)];
	const found = starts.map((start) => posix.join(start, bare).replace(/^(?:\.\.\/)+/, ""));
	return found.some(
		(path) =>
			path === "." ||
			path.startsWith("..") ||
			tree.paths.includes(path) ||
			goFolders(tree).has(path) ||
			(written.endsWith("...") && tree.has(path)),
	);
}

/** Folders of programs, as a target is written. */
export const programs = (tree: Tree): string[] => [
	...new Set(
		tree.files
			.filter((file) => file.path.endsWith(".go") && !file.path.endsWith("_test.go") && file.has(/^package main\b/m))
			.map(({ path }) => `./${posix.dirname(path)}`),
	),
];
