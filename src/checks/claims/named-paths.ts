import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "../facts/standing.ts";
import { hasModule, isThere } from "./paths.ts";

/** A line that names a file of the tree, or a module of it. */
export interface NamedPath {
	path: string;
	there: boolean;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

const EXTENSIONS =
	"py|tsx?|jsx?|mjs|cjs|sh|bash|ps1|psm1|cmd|bat|ya?ml|toml|ini|conf|cfg|json|md|txt|sql|service|dockerfile|html|css|go|rs";
/** With a folder, written with slashes or backslashes; no pattern, no address, nothing computed. */
export const PATH = new RegExp(
	`(?<![\\w./:@~$%{}<>\\\\*-])((?:\\.{1,2}[/\\\\])?[\\w.-]+(?:[/\\\\][\\w.-]+)+\\.(?:${EXTENSIONS}))(?![\\w/\\\\*{}<>$-]|\\.\\w)`,
	"gi",
);
const TARGET = /(?<![\w.:/-])([A-Za-z_]\w*(?:\.\w+)+):\w+(?![\w:/])|python3? -m ([A-Za-z_]\w*(?:\.\w+)+)/g;
const CODE = new Set(["python", "javascript", "json", "text"]);

/** Files and launch targets that settings, scripts and documents name, as far as their first folder is of the tree. */
export function pathsOf(tree: Tree): NamedPath[] {
	const files = tree.files.filter(
		({ path, language, text }) =>
			!CODE.has(language) && text.length < 400_000 && ["docs", "history", "live"].includes(standingOf(path)),
	);
	return files.flatMap((file) => [...named(tree, file), ...targets(tree, file)]);
}

const named = (tree: Tree, file: SourceFile): NamedPath[] =>
	file.matches(PATH).flatMap(({ 1: written, index }) => {
		const path = written!.replaceAll("\\", "/").replace(/^\.\//, "");
		const [top] = path.split("/") as [string];
		return tree.has(top) ? [{ path, there: isThere(tree, file, path), file, line: file.lineAt(index) }] : [];
	});

const targets = (tree: Tree, file: SourceFile): NamedPath[] =>
	file.matches(TARGET).flatMap(({ 0: target, 1: served, 2: run, index }) => {
		const there = hasModule(tree, (served ?? run)!);
		return there === undefined
			? []
			: [{ path: served === undefined ? run! : target, there, file, line: file.lineAt(index) }];
	});
