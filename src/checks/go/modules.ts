import { posix } from "node:path";
import { standingOf } from "../facts/standing.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** A go.mod. */
export interface GoModule {
	file: SourceFile;
	/** Its folder from the root of the tree, empty or with a slash at its end. */
	folder: string;
	/** What its packages are imported by. */
	path: string;
	requires: readonly string[];
	/** Modules that lie in a folder instead: the path from the root, with the line that says so. */
	replaced: readonly { path: string; line: number; written: string }[];
}

/** An import of a Go file. */
export interface GoImport {
	file: SourceFile;
	/** Counted from 1. */
	line: number;
	path: string;
}

/** The modules of a tree, but for test data. */
export const goModules = once((tree: Tree): readonly GoModule[] =>
	tree.files
		.filter(({ path }) => /(?:^|\/)go\.mod$/.test(path) && !isAside(path))
		.flatMap((file) => moduleOf(file) ?? []),
);

const isAside = (path: string): boolean =>
	/(?:^|\/)(?:testdata|fixtures|_[^/]*|\.[^/]+)\//.test(path) ||
	["vendored", "history", "example"].includes(standingOf(path));

function moduleOf(file: SourceFile): GoModule | undefined {
	const text = file.text.replaceAll(/\/\/[^\n]*/g, (one) => " ".repeat(one.length));
	const path = /^module\s+"?([^\s"]+)"?\s*$/m.exec(text)?.[1];
	if (path === undefined) return undefined;
	const folder = file.path.slice(0, file.path.lastIndexOf("/") + 1);
	const requires = [...text.matchAll(/^\s*(?:require\s+)?([\w.~-]+(?:\/[\w.~-]+)*)\s+v\d\S*\s*$/gm)].map(
		([, one]) => one!,
	);
	const replaced = [...text.matchAll(/=>\s+(\.{1,2}\/\S*|\.{1,2})\s*$/gm)].map(({ 1: to, index }) => ({
		path: posix.join(folder, to!).replace(/\/$/, ""),
		line: file.lineAt(index),
		written: to!,
	}));
	const others = [...text.matchAll(/^\s*(?:replace\s+)?([\w.~-]+(?:\/[\w.~-]+)*)(?:\s+v\S+)?\s+=>/gm)].map(
		([, one]) => one!,
	);
	return { file, folder, path, requires: [...requires, ...others], replaced };
}

/** The module that a file belongs to. */
export const moduleFor = (tree: Tree, path: string): GoModule | undefined =>
	goModules(tree)
		.filter(({ folder }) => path.startsWith(folder))
		.toSorted((a, b) => b.folder.length - a.folder.length)[0];

/** The folders that hold Go files. */
export const goFolders = once(
	(tree: Tree): ReadonlySet<string> =>
		new Set(tree.paths.filter((path) => path.endsWith(".go")).map((path) => posix.dirname(path))),
);

/** The imports of all Go files that are built: not those of test data, nor those that a build tag leaves out. */
export function goImports(tree: Tree): GoImport[] {
	return tree.files
		.filter(
			(file) =>
				file.path.endsWith(".go") && !isAside(file.path) && !file.has(/^\/\/(?:go:build|\s*\+build)\s+ignore\b/m),
		)
		.flatMap(importsOf);
}

/** They stand above everything else. */
function importsOf(file: SourceFile): GoImport[] {
	const end = file.text.search(/^(?:func|type|var|const)\b/m);
	const head = (end === -1 ? file.text : file.text.slice(0, end)).replaceAll(/\/\*[^]*?\*\/|\/\/[^\n]*/g, (one) =>
		one.replaceAll(/[^\n]/g, " "),
	);
	const blocks = [...head.matchAll(/^import\s*\(([^)]*)\)|^import\s+(?:[\w.]+\s+)?("[^"\n]+")/gm)];
	return blocks.flatMap(({ 0: all, index }) =>
		[...all.matchAll(/(?:^|[\s(;])(?:[\w.]+\s+)?"([^"\n]+)"/g)].map(({ 0: one, 1: path, index: at }) => ({
			file,
			line: file.lineAt(index + at + one.indexOf('"')),
			path: path!,
		})),
	);
}

/** The folder of an import that belongs to a module of the tree. */
export function ownFolder(tree: Tree, path: string): { module: GoModule; folder: string } | undefined {
	const [module] = goModules(tree)
		.filter((one) => path === one.path || path.startsWith(`${one.path}/`))
		.toSorted((a, b) => b.path.length - a.path.length);
	return module === undefined
		? undefined
		: { module, folder: posix.join(module.folder, path.slice(module.path.length + 1)).replace(/\/$/, "") || "." };
}
