import { posix } from "node:path";
import ignore, { type Ignore } from "ignore";
import { once } from "./once.ts";
import type { SourceFile } from "./source-file.ts";
import type { Tree } from "./tree.ts";

interface Makers {
	ignores: readonly { folder: string; rules: Ignore }[];
	/** What scripts and workflows write, as one text. */
	outputs: ReadonlySet<string>;
}

/** Where build tools put their results when nobody says otherwise. */
const OUTPUT = /^(.*\/)?(?:dist|build|out|target|node_modules|\.next|\.output|coverage|bin\/(?:Debug|Release))(?=\/|$)/;
const WRITES =
	/(?:>{1,2}|\s-o|\s--out(?:put|dir|-dir|file)?|\bmkdir(?:\s+-p)?|\btouch|\btee|\bcurl[^\n]*\s-o|\bwget[^\n]*\s-O|\bgit clone\s+\S+|\bln -sf?\s+\S+|^[ \t]*path:|\boutDir"?:|\boutDir"?:\s*|\bcp\s[^\n;&|]*|\bmv\s[^\n;&|]*)[ =]*["']?(\.?\/?[\w@.-][\w@./-]*)/gm;

/** Whether a path that is not in the tree may be made by a build: git ignores it, or a script of the tree writes it. */
export function mayBeMade(tree: Tree, path: string): boolean {
	const makers = makersOf(tree);
	const bare = path.replace(/^\.\//, "").replace(/\/$/, "");
	// The root itself, and what lies outside.
	if (bare === "" || bare === "." || /^(?:\/|\.\.(?:\/|$))/.test(bare)) return false;
	const ignored = makers.ignores.some(
		({ folder, rules }) => bare.startsWith(folder) && bare !== folder && ignores(rules, bare.slice(folder.length)),
	);
	const output = OUTPUT.exec(bare)?.[0];
	return (
		ignored || (output !== undefined && !tree.has(output)) || prefixes(bare).some((one) => makers.outputs.has(one))
	);
}

const ignores = (rules: Ignore, path: string): boolean => rules.ignores(path) || rules.ignores(`${path}/`);

const prefixes = (path: string): string[] =>
	path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));

const makersOf = once((tree: Tree): Makers => {
	const ignores = tree.files
		.filter(({ path }) => /(?:^|\/)\.gitignore$/.test(path))
		.map(({ path, text }) => ({ folder: path.slice(0, -".gitignore".length), rules: ignore().add(text) }));
	const writers = tree.files.filter(
		({ path, language }) =>
			language === "shell" ||
			/(?:^|\/)(?:Makefile|justfile|package\.json)$|\.mk$|^\.github\/.*\.ya?ml$|(?:^|\/)\.gitlab-ci\.yml$/.test(path),
	);
	const outputs = new Set([
		...writers.flatMap(({ text }) =>
			[...text.matchAll(WRITES)].map(([, to]) => to!.replace(/^\.\//, "").replace(/\/$/, "")),
		),
		...tree.files.flatMap(compiledTo),
	]);
	return { ignores, outputs };
});

/** The folder that a compiler of TypeScript writes into, from the root. */
function compiledTo({ path, text }: SourceFile): string[] {
	if (!/(?:^|\/)tsconfig[\w.-]*\.json$/.test(path)) return [];
	const to = /"outDir"\s*:\s*"(?:\.\/)?([\w@./-]+?)\/?"/.exec(text)?.[1];
	return to === undefined ? [] : [posix.join(posix.dirname(path), to)];
}
