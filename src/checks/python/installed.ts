import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";

const ENTRY = /^["']?([\w.-]+)["']?\s*=\s*["']([A-Za-z_][\w.]*):\w+["']/gm;

/** File of Python → the programs that an installation makes of it, by `[project.scripts]` and its like of its pyproject.toml. */
const programsOf = once((tree: Tree): ReadonlyMap<string, readonly string[]> => {
	const found = new Map<string, string[]>();
	for (const { path, text } of tree.files.filter((one) => /(?:^|\/)pyproject\.toml$/.test(one.path)))
		for (const [, name, module] of text.matchAll(ENTRY)) {
			const folder = path.slice(0, -"pyproject.toml".length);
			const at = ["", "src/"]
				.flatMap((below) =>
					[".py", "/__main__.py", "/__init__.py"].map((end) => `${below}${module!.replaceAll(".", "/")}${end}`),
				)
				.map((one) => folder + one)
				.find((one) => tree.file(one) !== undefined);
			if (at !== undefined) found.set(at, [...(found.get(at) ?? []), name!]);
		}
	return found;
});

/** What a command line calls the program of a file of Python, when its package is installed. */
export const installedAs = (tree: Tree, path: string): readonly string[] => programsOf(tree).get(path) ?? [];
