import { posix } from "node:path";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { isRealImport, moduleImports, valueNames } from "./imports.ts";

type ModuleImport = ReturnType<typeof moduleImports>[number];

/** The imports that are left when a module runs: types are gone, in TypeScript also names that are used as types alone. */
export const valueImports = (file: SourceFile): ModuleImport[] =>
	moduleImports(file).filter((one) => !one.type && isUsed(file, one) && isRealImport(file, one));

function isUsed(file: SourceFile, { at }: ModuleImport): boolean {
	if (!/\.[cm]?tsx?$/.test(file.path)) return true;
	const { text } = file;
	const start = Math.max(
		text.lastIndexOf("import", at),
		text.lastIndexOf("export", at),
		text.lastIndexOf("require", at),
	);
	const statement = text.slice(start, at);
	if (/^export|^require|^import\s*\(|^import\s*["']$/.test(statement)) return true;
	const names = [
		...statement
			.replace(/^import\s+/, "")
			.replace(/\bfrom\b.*$/s, "")
			.matchAll(/(?:^|[{,])\s*(?!type\b)(?:[\w$]+\s+as\s+|\*\s*as\s+)?([A-Za-z_$][\w$]*)/g),
	].map(([, name]) => name!);
	return names.some((name) => valueNames(file).has(name));
}

/** The package that a specifier means; undefined for a file, a builtin or an alias. */
export function packageOf(specifier: string): string | undefined {
	if (/^[./#~]|^node:|^[a-z]+:|[!?$]/.test(specifier)) return undefined;
	return specifier
		.split("/")
		.slice(0, specifier.startsWith("@") ? 2 : 1)
		.join("/");
}

const ENDINGS = [
	"",
	".ts",
	".tsx",
	".mts",
	".cts",
	".js",
	".mjs",
	".cjs",
	".jsx",
	"/index.ts",
	"/index.tsx",
	"/index.js",
];

/** The file of the tree that a relative specifier means. */
export function fileOf(tree: Tree, from: string, specifier: string): SourceFile | undefined {
	if (!/^\.{1,2}(?:\/|$)/.test(specifier)) return undefined;
	const path = posix.join(posix.dirname(from), specifier);
	const bare = path.replace(/\.([cm]?)jsx?$/, "");
	const typed = bare === path ? [] : [".ts", ".tsx", ".mts", ".cts"].map((ending) => bare + ending);
	return [...ENDINGS.map((ending) => path + ending), ...typed]
		.map((one) => tree.file(one))
		.find((one) => one !== undefined);
}
