import { posix } from "node:path";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { isAside, isTest } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import { scriptsOf } from "./scripts.ts";

/** A folder that the TypeScript compiler alone fills, file by file. */
export interface Output {
	/** The tsconfig that says so. */
	file: SourceFile;
	/** Of the package, from the root of the tree, empty or with a slash at its end. */
	folder: string;
	/** From the package. */
	outDir: string;
	/** From the package; undefined where the compiler works it out. */
	rootDir: string | undefined;
}

/** Their results have names of their own. */
const BUNDLERS =
	/\b(?:esbuild|webpack|rollup|vite build|tsup|ncc|parcel|swc|unbuild|tsdown|bun build|pkgroll|microbundle|babel|ng build|next build|remix|esno|turbopack|rspack|nx|vue-cli-service|react-scripts|astro|svelte-kit)\b/;

/** What the TypeScript compilers of a tree write, by the tsconfig beside a package.json. */
export const outputsOf = once((tree: Tree): readonly Output[] =>
	tree.files
		.filter(({ path }) => /(?:^|\/)tsconfig(?:\.[\w-]+)?\.json$/.test(path) && !isAside(path) && !isTest(path))
		.flatMap((file) => outputIn(tree, file)),
);

function outputIn(tree: Tree, file: SourceFile): Output[] {
	const folder = file.path.slice(0, file.path.lastIndexOf("/") + 1);
	const text = file.text.replaceAll(/^\s*\/\/[^\n]*/gm, "");
	const [outDir, rootDir] = ["outDir", "rootDir"].map(
		(key) => new RegExp(`"${key}"\\s*:\\s*"([^"]+)"`).exec(text)?.[1],
	);
	const manifest = tree.file(`${folder}package.json`);
	if (outDir === undefined || manifest === undefined || /"noEmit"\s*:\s*true|"rootDirs"/.test(text)) return [];
	const scripts = scriptsOf(manifest)
		.map((one) => one.text)
		.join("\n");
	if (!/\btsc\b|\bnest build\b/.test(scripts) || BUNDLERS.test(scripts)) return [];
	const bare = (path: string): string => posix.normalize(path).replace(/^\.\/|\/$/g, "");
	const out = bare(outDir);
	if (/^(?:\.|\.\..*|\/.*|.*\$.*)$/.test(out)) return [];
	return [{ file, folder, outDir: out, rootDir: rootDir === undefined ? undefined : bare(rootDir) }];
}

const ENDINGS: Readonly<Record<string, readonly string[]>> = {
	".js": [".ts", ".tsx", ".js", ".jsx"],
	".mjs": [".mts", ".mjs"],
	".cjs": [".cts", ".cjs"],
};

/** The sources of what lies at `rest` below an output; empty: the compiler makes no such file. */
export function madeFrom(tree: Tree, { folder, rootDir, outDir }: Output, rest: string): string[] {
	const ending = posix.extname(rest);
	const names = (ENDINGS[ending] ?? []).map((one) => rest.slice(0, -ending.length) + one);
	const exact =
		rootDir === undefined
			? []
			: names.map((name) => posix.join(folder, rootDir, name)).filter((path) => tree.has(path));
	if (rootDir !== undefined) return exact;
	// The compiler takes the folder that all sources have in common.
	return tree.paths.filter(
		(path) =>
			path.startsWith(folder) &&
			!path.startsWith(`${folder}${outDir}/`) &&
			names.some((name) => path === folder + name || path.endsWith(`/${name}`)),
	);
}
