import { globOf } from "../dockerfile/ignore-file.ts";
import type { Tree } from "./tree.ts";

const caches = new WeakMap<Tree, Map<string, boolean>>();
/** `{a,b}` in a pattern stands for several. */
const MOST = 64;

/** Whether a path, or a pattern of a shell with `**` and braces, finds something in the tree; from its root. */
export function isFound(tree: Tree, pattern: string): boolean {
	const known = caches.get(tree) ?? new Map<string, boolean>();
	caches.set(tree, known);
	const cached = known.get(pattern);
	if (cached !== undefined) return cached;
	const found = spread(pattern).some((one) => {
		const bare = one.replace(/^(?:\.\/)+/, "").replace(/\/+$/, "");
		if (!/[*?[]/.test(bare)) return tree.has(bare) || bare === "" || bare === ".";
		const glob = globOf(bare.replaceAll(/[@!+]\(([^()|]*)[^()]*\)/g, "$1"));
		// A folder may be meant: `src/*`.
		return tree.paths.some((path) => glob.test(path) || foldersOf(path).some((folder) => glob.test(folder)));
	});
	known.set(pattern, found);
	return found;
}

function spread(pattern: string): string[] {
	let all = [pattern];
	for (;;) {
		const next = all.flatMap((one) => {
			const found = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/.exec(one);
			return found === null ? [one] : found[2]!.split(",").map((part) => found[1]! + part + found[3]!);
		});
		if (next.length === all.length || next.length > MOST) return next.slice(0, MOST);
		all = next;
	}
}

const foldersOf = (path: string): string[] => {
	const parts = path.split("/").slice(0, -1);
	return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
};
