import { posix } from "node:path";
import { plainJson } from "../data/comments.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

interface Package {
	file: SourceFile;
	folder: string;
	name: string | undefined;
	/** Of every kind of dependency. */
	names: ReadonlySet<string>;
	workspaces: boolean;
}

interface Known {
	packages: readonly Package[];
	/** What `paths` of tsconfig and aliases of bundlers begin with. */
	aliases: readonly string[];
}

export const packagesOf = once((tree: Tree): Known => {
	const packages = tree.files.filter(({ path }) => posix.basename(path) === "package.json").flatMap(packageOf);
	return { packages, aliases: aliasesOf(tree) };
});

function packageOf(file: SourceFile): Package[] {
	const value = jsonOf(file.text);
	if (value === undefined) return [];
	const kinds = [
		"dependencies",
		"devDependencies",
		"peerDependencies",
		"optionalDependencies",
		"bundledDependencies",
		"imports",
	];
	const names = kinds.flatMap((kind) => {
		const listed = value[kind];
		return Array.isArray(listed)
			? listed.map(String)
			: typeof listed === "object" && listed !== null
				? Object.keys(listed)
				: [];
	});
	const name = value["name"];
	const folder = posix.dirname(file.path);
	return [
		{
			file,
			folder: folder === "." ? "" : folder,
			name: typeof name === "string" ? name : undefined,
			names: new Set(names),
			workspaces: "workspaces" in value,
		},
	];
}

function jsonOf(text: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(plainJson(text).text);
		return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
	} catch {
		return undefined;
	}
}

/** The packages whose dependencies count for a file: of its folder and of those above. */
export const packagesFor = (tree: Tree, path: string): Package[] =>
	packagesOf(tree).packages.filter(({ folder }) => folder === "" || path.startsWith(`${folder}/`));

function aliasesOf(tree: Tree): string[] {
	const configs = tree.files.filter(({ path }) =>
		/(?:^|\/)(?:[tj]sconfig[^/]*\.json|(?:vite|vitest|webpack|next|nuxt|svelte|astro|rollup|jest|babel|metro)\.config\.[cm]?[jt]s|\.babelrc|deno\.jsonc?|import_map\.json)$/.test(
			path,
		),
	);
	// Every quoted word: more than the aliases, and never less.
	return [
		...new Set(
			configs.flatMap(({ text }) =>
				[...text.matchAll(/["'`]?([@~#$\w][\w@/.-]*?)(?:\/?\*)?["'`]?\s*:/g)].map(([, key]) => key!),
			),
		),
	];
}

/** `baseUrl` of tsconfig lets `a/b` mean a folder of the tree. */
export const isInTree = (tree: Tree, specifier: string): boolean => {
	const first = specifier.split("/")[0]!;
	return tree.paths.some(
		(path) => path.split("/").includes(first) || posix.basename(path).replace(/\.\w+$/, "") === first,
	);
};
