import { nearest } from "../../system/nearest.ts";
import { editAt } from "../facts/found.ts";
import { importsOf, standingOf } from "../python/imports.ts";
import { isModule, moduleFile, relativePath } from "../python/modules.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS476",
	scope: "static",
	severity: "error",
	question: "Has every module of the tree what others read of it, as in `views.orders`?",
	why: "After a rename the program stops with an AttributeError: at its start, or at the first call in a function.",
	example: '`path("orders/", views.order_list)` and views.py has only orders.',
	run(tree) {
		const files = tree.in("python").filter(({ path }) => !isAside(path));
		return { looked: `${files.length} Python files`, findings: files.flatMap((file) => inFile(tree, file)) };
	},
} satisfies StaticCheck;

/** Modules that make up their names. */
const DYNAMIC =
	/^[ \t]*from\s+\S+\s+import\s+\*|__getattr__|\bglobals\(\)|\bsetattr\(|\bsys\.modules\b|\bexec\(|\blocals\(\)|\bvars\(|\bimportlib\b/m;

/** An import to its end, over brackets and backslashes. */
const STATEMENT = /^(?:[^\n(\\]|\\\r?\n)*(?:\([^)]*\))?/;

/** The modules of the tree that a file imports as a whole, by the name that it gives them. */
function modulesOf(tree: Tree, file: SourceFile): Map<string, SourceFile> {
	const found = new Map<string, SourceFile>();
	for (const { module, names, at, indented } of importsOf(file)) {
		if (indented) continue;
		const statement = STATEMENT.exec(file.text.slice(at, at + 4000))![0];
		for (const name of names.filter((one) => /^\w+$/.test(one))) {
			const path = module.startsWith(".") ? relativePath(file.path, module) : undefined;
			const source = module.startsWith(".")
				? path === undefined
					? undefined
					: tree.file(`${path === "" ? "" : `${path}/`}${name}.py`)
				: moduleFile(tree, `${module}.${name}`, file.path);
			const alias = new RegExp(`\\b${name}\\s+as\\s+(\\w+)`).exec(statement)?.[1] ?? name;
			if (source !== undefined && /^\w+$/.test(name)) found.set(alias, source);
		}
	}
	return found;
}

function inFile(tree: Tree, file: SourceFile): Found[] {
	return [...modulesOf(tree, file)].flatMap(([name, source]): Found[] => {
		const read = [...file.text.matchAll(new RegExp(`(?<![\\w.])${name}\\.(\\w+)`, "g"))];
		if (read.every(([, attribute]) => source.text.includes(attribute!))) return [];
		if (DYNAMIC.test(source.text) || source.path.endsWith("__init__.py") || source === file) return [];
		if (importsOf(file).filter(({ names }) => names.includes(name)).length > 1) return [];
		const folder = source.path.slice(0, source.path.lastIndexOf("/") + 1);
		// The package may give the name to something else, and the file to a variable of its own.
		const package_ = tree.file(`${folder}__init__.py`)?.text ?? "";
		if (new RegExp(`\\bimport\\b[^\\n]*\\b${name}\\b|^${name}\\s*=`, "m").test(package_)) return [];
		const bound = new RegExp(
			`(?<![\\w.])${name}\\s*(?::[^=\\n]+)?=(?!=)|\\b(?:for|as)\\s+${name}\\b(?!\\s*$)|\\b(?:def\\s+\\w+\\([^()]*|lambda[^:\\n]*)(?<![\\w.])${name}\\b`,
			"m",
		);
		if (bound.test(file.text.replaceAll(/^[ \t]*(?:from|import)\b[^\n]*/gm, ""))) return [];
		return missing(tree, file, name, source);
	});
}

function missing(tree: Tree, file: SourceFile, name: string, source: SourceFile): Found[] {
	const reported = new Set<string>();
	return [...file.text.matchAll(new RegExp(`(?<![\\w.])${name}\\.([A-Za-z_]\\w*)`, "g"))].flatMap(
		({ 1: attribute, index }): Found[] => {
			if (
				reported.has(attribute!) ||
				attribute!.startsWith("__") ||
				new RegExp(`\\b${attribute!}\\b`).test(source.text)
			)
				return [];
			if (kindAt(file, index) !== "code" || isModule(tree, `${source.path.replace(/\.py$/, "")}/${attribute!}`))
				return [];
			const line = file.lines[file.lineAt(index) - 1]!;
			if (/^[ \t]*(?:from|import)\b/.test(line)) return [];
			const set = new RegExp(`\\b${name}\\.${attribute!}\\s*=(?!=)|\\b(?:hasattr|getattr|patch)\\b`).test(line);
			const [first] = importsOf(file).filter(({ names }) => names.includes(name));
			const given = new RegExp(`\\b${name}\\.${attribute!}[ \\t]*=(?!=)`);
			if (
				set ||
				tree.in("python").some((one) => one.has(given)) ||
				/\btry:\s*$/.test(file.lines[file.lineAt(index) - 2] ?? "") ||
				(first !== undefined && standingOf(file, first).guarded)
			)
				return [];
			reported.add(attribute!);
			const known = [
				...source.text.matchAll(/^(?:async[ \t]+def|def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]+)?=(?!=)/gm),
			].map(([, a, b]) => (a ?? b)!);
			const meant = nearest(attribute!, known, 3);
			return [
				{
					message: `${file.path} reads ${name}.${attribute!}, and ${source.path} has no ${attribute!}`,
					evidence: [file.placeAt(index), source.place(1)],
					fix: {
						say: meant === undefined ? "name what is there, or bring it back" : `write ${name}.${meant}`,
						...(meant === undefined ? {} : editAt(file, index, `${name}.${attribute!}`, `${name}.${meant}`)),
					},
				},
			];
		},
	);
}
