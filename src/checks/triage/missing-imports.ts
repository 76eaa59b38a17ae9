import { posix } from "node:path";
import { declaredFor, isOwnName } from "../python/declared.ts";
import { isBrought } from "../python/distributions.ts";
import { importsOf, standingOf, type PythonImport } from "../python/imports.ts";
import { endsSomewhere, isLocal, isModule, mayBeInstalled, moduleFile, relativePath } from "../python/modules.ts";
import { isStandard } from "../python/standard-library.ts";
import { isAside } from "../tree/aside.ts";
import { mayBeMade } from "../tree/generated.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Written by a build. */
const GENERATED =
	/(?:^|[./])(?:_?version|_?build_?info|\w+_pb2(?:_grpc)?|_generated\w*|generated|_C|_ext|\w+_ext|_\w+_cffi|parsetab|lextab)$/;

export default {
	code: "TS333",
	scope: "static",
	severity: "error",
	question: "Does every import of the tree's own Python modules find its module and name?",
	why: "After a rename or a move the import stops the program at its start, or at the first call where it stands in a function.",
	example: "`from src.jobs import run` and the tree has src/tasks.py: import from src.tasks.",
	run(tree) {
		const files = tree.in("python").filter(({ path }) => !isAside(path));
		return { looked: `${files.length} Python files`, findings: files.flatMap((file) => inFile(tree, file)) };
	},
} satisfies StaticCheck;

function inFile(tree: Tree, file: SourceFile): Found[] {
	return importsOf(file).flatMap((one): Found[] => {
		const fault = one.module.startsWith(".") ? relative(tree, file, one) : absolute(tree, file, one);
		if (fault === undefined) return [];
		const standing = standingOf(file, one);
		if (!standing.real || standing.guarded) return [];
		const last = fault.path.split("/").at(-1)!;
		const moved = tree.files.find(
			({ path }) => path !== file.path && (path.endsWith(`/${last}.py`) || path === `${last}.py`) && !isAside(path),
		)?.path;
		return [
			{
				message: `${file.path} imports ${fault.what}`,
				evidence: [file.placeAt(one.at), ...(fault.target === undefined ? [] : [fault.target.place(1)])],
				fix: {
					say:
						fault.target === undefined && moved !== undefined
							? `import it from ${moved}, if that is the one`
							: "import what is there, or bring it back",
				},
			},
		];
	});
}

interface Fault {
	what: string;
	/** The module's path without extension. */
	path: string;
	/** The module that lacks the name. */
	target?: SourceFile;
}

function relative(tree: Tree, file: SourceFile, { module, names }: PythonImport): Fault | undefined {
	const path = relativePath(file.path, module);
	if (path === undefined || GENERATED.test(path) || mayBeMade(tree, `${path}.py`)) return undefined;
	if (!isModule(tree, path))
		return isHooked(tree, path) ? undefined : { what: `${module}, and the tree has no ${path}.py`, path };
	return missingName(tree, path, module, names);
}

function absolute(tree: Tree, file: SourceFile, { module, names }: PythonImport): Fault | undefined {
	const top = module.split(".")[0]!;
	if (isStandard(top) || !isLocal(tree, top, file.path)) return undefined;
	const isDeclared = !isOwnName(tree, top) && isBrought(top, declaredFor(tree, file.path).names);
	if (mayBeInstalled(tree, top, file.path, isDeclared)) return undefined;
	const path = module.replaceAll(".", "/");
	const found = moduleFile(tree, module, file.path);
	if (found !== undefined) return missingName(tree, found.path.replace(/(?:\/__init__)?\.py$/, ""), module, names);
	if (endsSomewhere(tree, path) || GENERATED.test(module) || mayBeMade(tree, `${path}.py`)) return undefined;
	// A folder of the tree may have the name of a package that is installed.
	if (isDeclared || file.has(/\bsys\.path\b|\b__path__\b|\bsite\.addsitedir\b/)) return undefined;
	return isHooked(tree, path) ? undefined : { what: `${module}, and the tree has no ${path}.py`, path };
}

/** Modules that make up their names when they are asked. */
const DYNAMIC =
	/^[ \t]*from\s+\S+\s+import\s+\*|__getattr__|\bglobals\(\)|\bsetattr\(|\bsys\.modules\b|\bexec\(|\bmeta_path\b|\blocals\(\)|\bvars\(|\b__path__\b|\bimportlib\b|lazy_loader|_LazyModule/m;

const isDynamic = once((file: SourceFile): boolean => file.has(DYNAMIC));

function missingName(tree: Tree, path: string, module: string, names: readonly string[]): Fault | undefined {
	const source = tree.file(`${path}.py`) ?? tree.file(`${path}/__init__.py`);
	for (const name of names) {
		if (!/^\w+$/.test(name) || name.startsWith("__") || (source !== undefined && source.text.includes(name))) continue;
		if (
			GENERATED.test(name) ||
			isModule(tree, posix.join(path, name)) ||
			endsSomewhere(tree, posix.join(path, name)) ||
			mayBeMade(tree, `${path}/${name}.py`)
		)
			continue;
		if (source !== undefined)
			return isDynamic(source) || tree.has(source.path.replace(/\.py$/, ".pyi"))
				? undefined
				: {
						what: `${name} from ${module}, and ${source.path} has no ${name}`,
						path: `${path}/${name}`,
						target: source,
					};
		// A file that is too large to be read, and a stub of compiled code, say nothing here; without a source nothing is known but of a folder of modules.
		if (
			path === "" ||
			tree.has(`${path}/__init__.py`) ||
			tree.paths.some((one) => one.startsWith(`${path}.`)) ||
			tree.paths.some((one) => one.startsWith(`${path}/`) && /\.(?:so|pyd|pyx|pyi|c|cpp)$/.test(one))
		)
			return undefined;
		return { what: `${name} from ${module}, and the tree has no ${path}/${name}.py`, path: `${path}/${name}` };
	}
	return undefined;
}

/** A package above that finds its modules in its own way. */
const isHooked = (tree: Tree, path: string): boolean =>
	path.split("/").some((_, index, parts) => {
		const above = parts.slice(0, index + 1).join("/");
		const file = tree.file(`${above}/__init__.py`) ?? tree.file(`${above}.py`);
		return file !== undefined && file.has(/\bmeta_path\b|\bsys\.modules\b|\b__path__\b|\bVendorImporter\b|__getattr__/);
	});
