import { posix } from "node:path";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

interface Index {
	/** Every end of a module's path, with slashes and without `.py`: of `src/api/main.py` `main`, `api/main`, `src/api/main`. */
	ends: ReadonlyMap<string, string>;
	/** Every module's path as a whole. */
	whole: ReadonlySet<string>;
	/** Folders that hold Python, by every end of their path. */
	folders: ReadonlySet<string>;
	/** Folders that may be on the path of every program: the root, `src`, and what PYTHONPATH names. */
	roots: readonly string[];
}

const packagedOf = once<Tree, Map<string, boolean>>(() => new Map());
const MODULE = /\.(?:pyi?|pyx|so|pyd|ipynb)$/;

const indexOf = once((tree: Tree): Index => {
	const [ends, folders, whole] = [new Map<string, string>(), new Set<string>(), new Set<string>()];
	for (const path of tree.paths) {
		if (!MODULE.test(path)) continue;
		const parts = path
			.replace(MODULE, "")
			.replace(/\.(?:cpython-|pypy|abi3|cp\d)[\w-]*$/, "")
			.split("/");
		whole.add(parts.join("/"));
		for (let from = parts.length - 1; from >= 0; from -= 1) {
			ends.set(parts.slice(from).join("/"), path);
			for (let to = from + 1; to < parts.length; to += 1) folders.add(parts.slice(from, to).join("/"));
		}
	}
	return { ends, folders, whole, roots: rootsOf(tree) };
});

function rootsOf(tree: Tree): string[] {
	const told = tree.files
		.filter(({ language }) => language !== "markdown" && language !== "python")
		.flatMap((file) => file.matches(/\bPYTHONPATH\s*[=:]\s*["']?([^\s"',;]+)/g))
		.flatMap(([, value]) => value!.split(":"))
		.map((path) =>
			path
				.replace(/^\$\{?\w+\}?\/?/, "")
				.replace(/^\/(?:[\w.-]+\/)?/, "")
				.replace(/^\.\//, "")
				.replace(/\/$/, ""),
		)
		.filter((path) => /^[\w./-]+$/.test(path) && tree.has(path));
	return [...new Set(["", "src", "lib", "app", ...told])];
}

/** Whether some module or folder of Python in the tree ends in this path (`a/b`). */
export const endsSomewhere = (tree: Tree, path: string): boolean => {
	const { ends, folders } = indexOf(tree);
	return ends.has(path) || folders.has(path);
};

/** The folders from which `from` (a file of the tree) may import: the roots, its own folder and those above it. */
function foldersFor(tree: Tree, from: string | undefined): string[] {
	const [above, packages]: [string[], string[]] = [[], []];
	const packaged = from !== undefined && isPackaged(tree, from);
	for (let at = from === undefined ? "." : posix.dirname(from); at !== "."; at = posix.dirname(at))
		if (!tree.has(`${at}/__init__.py`)) above.push(at);
		else if (!packaged) packages.push(at);
	return [...new Set([...above, ...indexOf(tree).roots, ...packages])];
}

/**
 * Whether the tree's module of that name may not be the one that `from` imports: it lies in a folder that is on the path
 * of scripts alone, and `from` is none, or `from` is a part of it; or a package of that name is declared.
 */
export function mayBeInstalled(tree: Tree, top: string, from: string, isDeclared: boolean): boolean {
	const { folders, roots } = indexOf(tree);
	const home = foldersFor(tree, from).find((root) => {
		const path = posix.join(root, top).replace(/^\.\//, "");
		return tree.has(`${path}.py`) || (folders.has(path) && tree.has(path));
	});
	if (home === undefined || roots.includes(home)) return false;
	const own = posix.join(home, top);
	if (isDeclared || from.startsWith(`${own}/`) || from === `${own}.py`) return true;
	return tree.has(`${home}/__init__.py`) && !(posix.dirname(from) === home && holdsScript(tree, home));
}

/** A folder with a file that is started by its path, whose folder is then where Python looks first. */
const holdsScript = (tree: Tree, folder: string): boolean =>
	tree.in("python").some(({ path, text }) => posix.dirname(path) === folder && /^if __name__ ?==/m.test(text));

/**
 * Whether a module is loaded as a part of its package and never run as a script: it imports the package by its name, or
 * with dots. The folders of the package are then on nobody's path.
 */
function isPackaged(tree: Tree, from: string): boolean {
	const known = packagedOf(tree);
	const told = known.get(from);
	if (told !== undefined) return told;
	let top = posix.dirname(from);
	if (!tree.has(`${top}/__init__.py`)) return false;
	// The root may be a package itself: above it is nothing.
	while (top !== "." && tree.has(`${posix.dirname(top)}/__init__.py`)) top = posix.dirname(top);
	const name = posix.basename(top);
	const text = tree.file(from)?.text ?? "";
	const found = new RegExp(`^[ \\t]*(?:from|import)[ \\t]+(?:\\.|${name.replaceAll(/\W/g, "\\$&")}\\b)`, "m").test(
		text,
	);
	known.set(from, found);
	return found;
}

/** Whether `top` is a module or a package of the tree for that file, as opposed to one that is installed. */
export function isLocal(tree: Tree, top: string, from?: string): boolean {
	const { ends, folders } = indexOf(tree);
	return foldersFor(tree, from).some((root) => {
		const path = posix.join(root, top).replace(/^\.\//, "");
		return tree.has(`${path}.py`) || (folders.has(path) && tree.has(path)) || ends.get(path) === `${path}.so`;
	});
}

/** The file of a dotted module, looked for as Python does: beside `from`, above it, and in the roots. */
export function moduleFile(
	tree: Tree,
	module: string,
	from?: string,
	more: readonly string[] = [],
): SourceFile | undefined {
	const path = module.replaceAll(".", "/");
	for (const root of [...more, ...foldersFor(tree, from)]) {
		const at = posix.join(root, path).replace(/^\.\//, "");
		const file = tree.file(`${at}.py`) ?? tree.file(`${at}/__init__.py`);
		if (file !== undefined) return file;
	}
	return undefined;
}

/** The file that `python -m` or a server starts: found as Python does, else the only one of the tree whose path ends so. */
export function startedFile(tree: Tree, module: string): SourceFile | undefined {
	const known = moduleFile(tree, `${module}.__main__`) ?? moduleFile(tree, module);
	if (known !== undefined || !module.includes(".")) return known;
	const path = module.replaceAll(".", "/");
	const ends = [`/${path}/__main__.py`, `/${path}.py`, `/${path}/__init__.py`];
	const all = tree.in("python").filter((file) => ends.some((end) => file.path.endsWith(end)));
	return all.length === 1 ? all[0] : all.find((file) => all.length === 2 && file.path.endsWith(ends[0]!));
}

/** The path without extension that a relative import means; undefined when it leads out of the tree. */
export function relativePath(from: string, module: string): string | undefined {
	const dots = /^\.+/.exec(module)![0].length;
	const parts = posix
		.dirname(from)
		.split("/")
		.filter((part) => part !== ".");
	if (dots - 1 > parts.length) return undefined;
	const rest = module.slice(dots);
	return [...parts.slice(0, parts.length - dots + 1), ...(rest === "" ? [] : rest.split("."))].join("/");
}

/** Whether a path without extension is a module or a folder that holds some. */
export const isModule = (tree: Tree, path: string): boolean =>
	path === "" ||
	indexOf(tree).whole.has(path) ||
	tree.has(`${path}/__init__.py`) ||
	(indexOf(tree).folders.has(path) && tree.has(path));
