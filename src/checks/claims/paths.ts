import ignore, { type Ignore } from "ignore";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

const rulesOf = once((tree: Tree): Ignore => ignore().add(tree.file(".gitignore")?.text ?? ""));

/** Whether git ignores a path by the file at the root: made by a build, kept by a person. */
export function isIgnored(tree: Tree, path: string): boolean {
	const bare = path.replace(/^\.\//, "").replace(/\/$/, "");
	return bare !== "" && !bare.startsWith("../") && !bare.startsWith("/") && rulesOf(tree).ignores(bare);
}

/** The folder of a file; empty for the top. */
export const folderOf = ({ path }: SourceFile): string =>
	path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";

/** `a/b/../c` as `a/c`; undefined when it leaves the tree. */
export function normal(path: string): string | undefined {
	const parts: string[] = [];
	for (const part of path.split("/")) {
		if (part === "..") {
			if (parts.pop() === undefined) return undefined;
		} else if (part !== "" && part !== ".") parts.push(part);
	}
	return parts.join("/");
}

/** Whether a path of a file is in the tree: from the root, from the file's own folder, or from a folder in between. */
export function isThere(tree: Tree, file: SourceFile, path: string): boolean {
	const folders = folderOf(file).split("/").slice(0, -1);
	for (let depth = folders.length; depth >= 0; depth--) {
		const whole = normal([...folders.slice(0, depth), path].join("/"));
		if (whole === undefined || whole === "" || tree.has(whole)) return true;
	}
	return false;
}

const byName = once((tree: Tree) => Map.groupBy(tree.paths, (path) => path.slice(path.lastIndexOf("/") + 1)));

/** Every path of the tree with this name. */
export const named = (tree: Tree, name: string): readonly string[] => byName(tree).get(name) ?? [];

/** Of a Python module `a.b.c`: whether it is in the tree; undefined when it is not of the tree. */
export function hasModule(tree: Tree, module: string): boolean | undefined {
	const path = module.replaceAll(".", "/");
	const [top] = path.split("/") as [string];
	const roots = ["", "src/", "app/", "lib/"].filter(
		(root) => tree.has(`${root}${top}`) || tree.has(`${root}${top}.py`),
	);
	if (roots.length === 0) return undefined;
	return roots.some((root) => tree.has(`${root}${path}.py`) || tree.has(`${root}${path}`));
}
