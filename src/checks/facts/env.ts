import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { envInCode } from "./env-code.ts";
import { envInConfig } from "./env-config.ts";
import { envInScripts } from "./env-scripts.ts";
import type { EnvStatement } from "./env-statement.ts";
import { standingOf } from "./standing.ts";

const cache = new WeakMap<Tree, readonly EnvStatement[]>();
const MOST_CHARACTERS = 400_000;

/** Everything that the files of a tree say about names of the environment, somebody else's files left out. */
export function envOf(tree: Tree): readonly EnvStatement[] {
	const known = cache.get(tree);
	if (known) return known;
	const made = tree.files.flatMap((file) =>
		standingOf(file.path) === "vendored" || file.text.length > MOST_CHARACTERS
			? []
			: [...envInCode(file), ...envInScripts(file), ...envInConfig(file)],
	);
	cache.set(tree, made);
	return made;
}

const filed = new WeakMap<Tree, ReadonlyMap<SourceFile, readonly EnvStatement[]>>();

/** What one file says. */
export function envIn(tree: Tree, file: SourceFile): readonly EnvStatement[] {
	const byFile = filed.get(tree) ?? Map.groupBy(envOf(tree), (one) => one.file);
	filed.set(tree, byFile);
	return byFile.get(file) ?? [];
}

/** Those that count: carried out, and in no test, example or history. */
export const liveEnvOf = (tree: Tree): EnvStatement[] =>
	envOf(tree).filter(({ comment, file }) => !comment && standingOf(file.path) === "live");
