import { posix } from "node:path";
import { editAt } from "../facts/found.ts";
import { isOwnSource, isRealImport, moduleImports } from "../javascript/imports.ts";
import { moduleOf } from "../javascript/bindings.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS345",
	scope: "static",
	severity: "error",
	question: "Does every relative import of an ES module that Node runs name its file with the extension?",
	why: "Node resolves no extensions and no folders for ES modules: ERR_MODULE_NOT_FOUND at the start, and TypeScript with NodeNext refuses it before.",
	example: '`import { roll } from "./roll"` in a package with `"type": "module"`: write `"./roll.js"`.',
	run(tree) {
		const files = tree.in("javascript").filter((file) => isOwnSource(file) && isNodeModule(tree, file));
		return { looked: `${files.length} ES modules for Node`, findings: files.flatMap((file) => inFile(tree, file)) };
	},
} satisfies StaticCheck;

/** Whether a package.json says that its scripts are modules. */
const isOfModules = once((manifest: SourceFile): boolean => manifest.has(/"type"\s*:\s*"module"/));

/** A module that Node's own resolution decides about: by TypeScript's settings, or plain JavaScript without a bundler. */
function isNodeModule(tree: Tree, { path }: SourceFile): boolean {
	if (/\.(?:[cm]?tsx|jsx|cjs|cts)$/.test(path) || !/["']\.{1,2}\//.test(tree.file(path)!.text)) return false;
	const manifest = nearestFile(tree, path, "package.json");
	const isModule = /\.m[jt]s$/.test(path) || (manifest !== undefined && isOfModules(manifest));
	if (!isModule) return false;
	if (/\.m?ts$/.test(path)) {
		const settings = nearestFile(tree, path, "tsconfig.json");
		return settings !== undefined && resolution(tree, settings) && covers(settings, path);
	}
	return manifest !== undefined && !BUNDLED.test(manifest.text);
}

const BUNDLED =
	/"(?:vite|webpack|rollup|parcel|esbuild|tsup|next|nuxt|@sveltejs\/kit|astro|react-scripts|@babel\/core|bun-types|tsx|jest|rspack|@rspack\/core|turbopack|metro|expo)"/;

/** Whether settings, or those that they extend within the tree, ask for NodeNext or Node16. */
function resolution(tree: Tree, settings: SourceFile, depth = 0): boolean {
	const text = settings.text.replaceAll(/^\s*\/\/.*$/gm, "");
	const own = /"moduleResolution"\s*:\s*"(\w+)"/i.exec(text)?.[1] ?? /"module"\s*:\s*"(\w+)"/i.exec(text)?.[1];
	if (own !== undefined) return /^node(?:next|1[68]|20)$/i.test(own);
	const base = /"extends"\s*:\s*"(\.[^"]+)"/.exec(text)?.[1];
	const next = base === undefined ? undefined : posix.join(posix.dirname(settings.path), base);
	const file = next === undefined ? undefined : (tree.file(next) ?? tree.file(`${next}.json`));
	return file !== undefined && depth < 4 && resolution(tree, file, depth + 1);
}

/** The settings include the file, as far as `include` is plain folders. */
function covers(settings: SourceFile, path: string): boolean {
	const folder = posix.dirname(settings.path);
	const own = folder === "." ? path : path.slice(folder.length + 1);
	const list = /"include"\s*:\s*\[([^\]]*)\]/.exec(settings.text)?.[1];
	if (list === undefined) return true;
	return [...list.matchAll(/"([^"]+)"/g)].some(([, one]) =>
		own.startsWith(one!.replace(/^\.\//, "").replace(/\*.*$|\/$/g, "")),
	);
}

function nearestFile(tree: Tree, path: string, name: string): SourceFile | undefined {
	for (let at = posix.dirname(path); ; at = posix.dirname(at)) {
		const found = tree.file(posix.join(at, name).replace(/^\.\//, ""));
		if (found !== undefined || at === ".") return found;
	}
}

function inFile(tree: Tree, file: SourceFile): Found[] {
	return moduleImports(file).flatMap((one): Found[] => {
		const { specifier, at, type } = one;
		if (
			!/^\.{1,2}(?:\/|$)/.test(specifier) ||
			/\.(?:[cm]?[jt]s|json|node|wasm|css|svg|html|txt|ya?ml|md|vue|svelte)$|[?*]/.test(specifier)
		)
			return [];
		if (type && !/\.m?ts$/.test(file.path)) return [];
		const target = moduleOf(tree, file, specifier);
		if (
			target === undefined ||
			/\brequire\(\s*["']$/.test(file.text.slice(Math.max(0, at - 12), at)) ||
			!isRealImport(file, one)
		)
			return [];
		const index = new RegExp(`(?:^|/)index\\.[cm]?[jt]sx?$`).test(target.path) && !/(?:^|\/)index$/.test(specifier);
		const extension = /\.m[jt]s$/.test(target.path) ? ".mjs" : ".js";
		const right = `${specifier.replace(/\/$/, "")}${index ? "/index" : ""}${extension}`;
		return [
			{
				message: `${specifier} is imported without its extension, and the file is an ES module that Node resolves`,
				evidence: [file.placeAt(at), target.place(1)],
				fix: { say: `write ${right}`, ...editAt(file, at, specifier, right) },
			},
		];
	});
}
