import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { importsOf, standingOf } from "./imports.ts";
import { moduleFile, relativePath, startedFile } from "./modules.ts";

const SERVED = /\b(?:uvicorn|gunicorn|hypercorn|daphne)\b[^\n]*?["'\s]([A-Za-z_][\w.]*):\w+/;
const MODULE = /\bpython[\d.]*["',\s]+(?:-u["',\s]+)?-m["',\s]+([A-Za-z_][\w.]*)/;
const MIGRATED = /^[[\s"']*(?:[\w./-]*python[\d.]*["',\s]+-m["',\s]+)?(?:[\w./-]*\/)?alembic["',\s]/;
const SCRIPT = /\bpython[\d.]*["',\s]+(?:-u["',\s]+)?([\w./-]+\.py)\b/;

/** The file of the tree that a command of Python starts first; undefined where nobody can say. */
export function startedBy(tree: Tree, command: string): SourceFile | undefined {
	if (/&&|;|\||\bsupervisord\b|\$/.test(command)) return undefined;
	if (MIGRATED.test(command)) return environmentOf(tree);
	const module = SERVED.exec(command)?.[1] ?? MODULE.exec(command)?.[1];
	if (module !== undefined) return startedFile(tree, module);
	const path = SCRIPT.exec(command)?.[1];
	if (path === undefined) return undefined;
	const ends = tree.in("python").filter((file) => path === file.path || path.endsWith(`/${file.path}`));
	const named = ends.length > 0 ? ends : tree.in("python").filter((file) => file.path.endsWith(`/${path}`));
	return named.length === 1 ? named[0] : undefined;
}

/** The one `env.py` with which Alembic begins. */
function environmentOf(tree: Tree): SourceFile | undefined {
	const all = tree.in("python").filter(({ path }) => /(?:^|\/)env\.py$/.test(path));
	const own = all.filter((file) => file.has(/\balembic\b/));
	return own.length === 1 ? own[0] : undefined;
}

/**
 * The files of the tree that a program loads from its first one on; undefined where one is loaded by a computed name.
 * With `atStart`, without what functions import.
 */
export function reachedFrom(
	tree: Tree,
	first: readonly SourceFile[],
	atStart = false,
): ReadonlySet<SourceFile> | undefined {
	const found = new Set(first);
	for (const file of found) {
		if (file.has(/\bimport_module\(|\b__import__\(|\bautodiscover|\bpkgutil\.|\bentry_points\(|\brunpy\./))
			return undefined;
		for (const one of loadedBy(tree, file, atStart)) found.add(one);
	}
	return found;
}

/** The files of the tree that a file imports, in functions too (but for `atStart`), with the `__init__.py` of their folders. */
export const loadedBy = (tree: Tree, file: SourceFile, atStart = false): SourceFile[] =>
	importsOf(file).flatMap((one) => {
		const { module, names } = one;
		if (atStart && one.indented && standingOf(file, one).inFunction) return [];
		const path = module.startsWith(".") ? relativePath(file.path, module) : undefined;
		const own =
			path === undefined
				? [module, ...names.map((name) => `${module}.${name}`)].map((one) => moduleFile(tree, one, file.path))
				: [path, ...names.map((name) => `${path}/${name}`)].map((one) => at(tree, one));
		return own.flatMap((one) => (one === undefined ? [] : [one, ...packagesOf(tree, one)]));
	});

const at = (tree: Tree, path: string): SourceFile | undefined =>
	tree.file(`${path}.py`) ?? tree.file(`${path}/__init__.py`);

/** The files that Python loads before a module: `__init__.py` of the folders above it. */
const packagesOf = (tree: Tree, { path }: SourceFile): SourceFile[] => {
	const folders = path.split("/").slice(0, -1);
	return folders.flatMap((_, index) => tree.file(`${folders.slice(0, index + 1).join("/")}/__init__.py`) ?? []);
};
