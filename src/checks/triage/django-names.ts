import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { editAt } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { endingIn } from "../launch/resolve.ts";
import { isLocal, moduleFile } from "../python/modules.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS475",
	scope: "static",
	severity: "error",
	question: "Does every name that Django loads by a text exist: settings, apps, routes, middleware, templates?",
	why: "No import and no linter sees a module in a text: the program stops at its start, or the page answers 500.",
	example: '`"config.setting"` for DJANGO_SETTINGS_MODULE, and the file is config/settings.py.',
	run(tree) {
		const python = tree.in("python").filter((file) => standingOf(file.path) === "live" && file.includes("django"));
		const files = python.length === 0 ? [] : tree.files.filter(({ path }) => standingOf(path) === "live");
		const findings = files.flatMap((file) => [
			...(file.includes("DJANGO_SETTINGS_MODULE") ? modules(tree, file, SETTINGS) : []),
			...(file.language === "python" ? inPython(tree, file) : []),
		]);
		return { looked: `${python.length} files of Django`, findings };
	},
} satisfies StaticCheck;

const SETTINGS = /\bDJANGO_SETTINGS_MODULE["']?\s*[,=:]\s*["']?([A-Za-z_]\w*(?:\.\w+)+)/g;
const MODULE = /\bROOT_URLCONF\s*=\s*["']([\w.]+)["']|(?<![\w.])include\(\s*["']([A-Za-z_]\w*(?:\.\w+)+)["']/g;
const OBJECT = /\b[AW]SGI_APPLICATION\s*=\s*["']([\w.]+)["']/g;
const LIST = /\b(INSTALLED_APPS|MIDDLEWARE)\s*\+?=\s*[[(]([^\])]*)[\])]/g;
const TEMPLATE =
	/\brender\(\s*\w+\s*,\s*["']([\w./-]+\.html)["']|\brender_template\(\s*["']([\w./-]+\.html)["']|\btemplate_name\s*=\s*["']([\w./-]+\.html)["']/g;

function inPython(tree: Tree, file: SourceFile): Found[] {
	const { text } = file;
	const routes = file.has(/\bdjango\.(?:urls|conf)\b|ROOT_URLCONF/) ? modules(tree, file, MODULE) : [];
	const objects = text.includes("SGI_APPLICATION") ? modules(tree, file, OBJECT, true) : [];
	const lists = file.has(/INSTALLED_APPS|MIDDLEWARE/)
		? file.matches(LIST).flatMap((match) => inList(tree, file, match))
		: [];
	return [...routes, ...objects, ...lists, ...(file.has(/\.html["']/) ? templates(tree, file) : [])];
}

/** Whether a dotted name is a module, or with `object` something in one; undefined: it is of a package. */
function isThere(tree: Tree, file: SourceFile, dotted: string, object: boolean): boolean | undefined {
	if (!isLocal(tree, dotted.split(".")[0]!, file.path)) return undefined;
	if (moduleFile(tree, dotted, file.path) !== undefined || tree.has(dotted.replaceAll(".", "/"))) return true;
	if (!object) return endingIn(tree, `${dotted.replaceAll(".", "/")}.py`) !== undefined;
	const at = dotted.lastIndexOf(".");
	const module = moduleFile(tree, dotted.slice(0, at), file.path);
	return (
		module !== undefined && (module.text.includes(dotted.slice(at + 1)) || /import \*|__getattr__/.test(module.text))
	);
}

function modules(tree: Tree, file: SourceFile, pattern: RegExp, object = false): Found[] {
	return file.matches(pattern).flatMap(({ 0: all, 1: one, 2: other, index }): Found[] => {
		const name = (one ?? other)!;
		const at = index + all.indexOf(name);
		if (isThere(tree, file, name, object) !== false || isComment(file, at)) return [];
		return [foundFor(tree, file, at, name)];
	});
}

function foundFor(tree: Tree, file: SourceFile, at: number, name: string): Found {
	const folder = name.split(".").slice(0, -1).join("/");
	const beside = tree.paths
		.filter((path) => posix.dirname(path).endsWith(folder) && path.endsWith(".py"))
		.map((path) => posix.basename(path, ".py"));
	const word = nearest(
		name.split(".").at(-1)!,
		beside.filter((one) => !one.startsWith("__")),
		2,
	);
	const meant = word === undefined ? undefined : [...name.split(".").slice(0, -1), word].join(".");
	return {
		message: `${file.path} names ${name}, and the tree has no such module or object`,
		evidence: [file.placeAt(at)],
		fix: {
			say: meant === undefined ? "name what is there, or bring it back" : `write ${meant}`,
			...(meant === undefined ? {} : editAt(file, at, name, meant)),
		},
	};
}

/** Apps of one word may be packages: only what is nearly a package of the tree is wrong. */
function inList(tree: Tree, file: SourceFile, { 0: all, 1: kind, 2: list, index }: RegExpExecArray): Found[] {
	const start = index + all.indexOf(list!);
	const names = [...list!.matchAll(/["']([A-Za-z_]\w*(?:\.\w+)*)["']/g)];
	const listed = new Set(names.map(([, name]) => name!.split(".")[0]!));
	const packages = [
		...new Set(
			tree.paths
				.filter((path) => /(?:^|\/)(?:apps|models|views)\.py$|\/__init__\.py$/.test(path))
				.map((path) => posix.basename(posix.dirname(path))),
		),
	];
	return names.flatMap(({ 1: name, index: within }): Found[] => {
		const at = start + within + 1;
		if (isComment(file, at)) return [];
		const there = isThere(tree, file, name!, kind === "MIDDLEWARE" || /\.[A-Z]\w*$/.test(name!));
		if (there === false) return [foundFor(tree, file, at, name!)];
		const meant =
			there === true || name!.includes(".")
				? undefined
				: nearest(
						name!,
						packages.filter((one) => !listed.has(one)),
						2,
					);
		if (meant === undefined || name!.length < 5) return [];
		return [
			{
				message: `${file.path} lists the app ${name!}, and the tree has only ${meant}`,
				evidence: [file.placeAt(at)],
				fix: { say: `write ${meant}`, ...editAt(file, at, name!, meant) },
			},
		];
	});
}

/** Where the folder that it names is one of the tree's templates. */
function templates(tree: Tree, file: SourceFile): Found[] {
	return file.matches(TEMPLATE).flatMap(({ 0: all, 1: a, 2: b, 3: c, index }): Found[] => {
		const name = (a ?? b ?? c)!;
		const folder = posix.dirname(name);
		const above = folder === "." ? "/templates/" : `/templates/${folder}/`;
		const beside = tree.paths.filter(
			(path) => `/${path}`.includes(above) && posix.dirname(path).endsWith(above.slice(1, -1)),
		);
		if (beside.length === 0 || endingIn(tree, name) !== undefined || isComment(file, index)) return [];
		const word = nearest(
			posix.basename(name),
			beside.map((path) => posix.basename(path)),
			3,
		);
		return [
			{
				message: `${file.path} shows the template ${name}, and the tree has no such file`,
				evidence: [file.placeAt(index + all.indexOf(name))],
				fix: {
					say:
						word === undefined
							? "bring the template back, or name one that is there"
							: `write ${posix.join(folder, word)}`,
				},
			},
		];
	});
}
