import { posix } from "node:path";
import { editAt, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** What a compiler or packer writes: `-o dist/gate_linux_amd64`, `tar -czf dist/gate-linux.tgz`. */
const WRITTEN =
	/\b(?:go[ \t]+build|gcc|g\+\+|clang|cc|zip|tar|pyinstaller|bun[ \t]+build|deno[ \t]+compile|esbuild)\b[^\n;&|]*?[ \t](?:-o|--out(?:file|put)?|--outfile|-\w*c\w*f|-n)[ =]["']?([\w./-]+)/g;
/** A command that takes files by name. */
const TAKES =
	/\b(?:tar|cp|mv|install|sha256sum|shasum|chmod|scp|rsync|gh[ \t]+release|upx|strip|zip|cosign|mc|aws[ \t]+s3)\b/;
const WORD =
	/(?<![\w$}{./-])(?:[\w.]+\/)*([A-Za-z](?=[A-Za-z0-9.]*[-_]+[A-Za-z0-9.]+[-_]+[A-Za-z0-9.])[\w.-]*[\w.])(?![\w$}{-])/g;

export default {
	code: "TS258",
	scope: "static",
	severity: "error",
	question: "Do scripts take a built file by the name under which it is built?",
	why: "The build is green, and the packing behind it says `No such file`, or packs an old file of that name.",
	example: "`go build -o dist/gate_linux_amd64` and `tar … gate-linux-amd64`: write one name.",
	run(tree) {
		const files = tree.files.filter(
			({ path, language, text }) =>
				(/^(?:shell|dockerfile|yaml|powershell|batch)$/.test(language) ||
					/(?:^|\/)(?:Makefile|justfile|package\.json)$|\.mk$/.test(path)) &&
				text.length < 400_000 &&
				standingOf(path) === "live" &&
				!isAside(path) &&
				!isTest(path),
		);
		const made = new Map<string, { name: string; file: SourceFile; at: number }>();
		const names = new Set<string>();
		for (const file of files)
			for (const { 0: all, 1: path, index } of file.matches(WRITTEN)) {
				const name = posix.basename(path!);
				names.add(name);
				if (keyOf(name).split("-").length >= 3) made.set(keyOf(name), { name, file, at: index + all.length - 1 });
			}
		return {
			looked: `${names.size} built files`,
			findings: made.size === 0 ? [] : files.flatMap((file) => inFile(tree, file, files, made, names)),
		};
	},
} satisfies StaticCheck;

const keyOf = (name: string): string => name.toLowerCase().replaceAll(/[-_]+/g, "-");

/** Under that name by a move or a copy, or by what a command prints. */
function isMade(name: string, files: readonly SourceFile[]): boolean {
	const made = new RegExp(
		`(?:>{1,2}|\\b(?:mv|cp|ln|install)\\b[^\\n]*[ \\t])[ \\t]*["']?(?:[\\w./-]*/)?${RegExp.escape(name)}["']?[ \\t]*$`,
		"m",
	);
	return files.some(({ text }) => text.includes(name) && made.test(text));
}

function inFile(
	tree: Tree,
	file: SourceFile,
	files: readonly SourceFile[],
	made: ReadonlyMap<string, { name: string; file: SourceFile; at: number }>,
	names: ReadonlySet<string>,
): Found[] {
	return file.lines.flatMap((text, index): Found[] => {
		if (!TAKES.test(text)) return [];
		return [...text.matchAll(WORD)].flatMap(({ 0: all, 1: name, index: at }): Found[] => {
			const built = made.get(keyOf(name!));
			const offset = file.startOf(index + 1) + at + all.length - name!.length;
			if (built === undefined || built.name === name || names.has(name!) || isComment(file, offset)) return [];
			if (tree.paths.some((path) => posix.basename(path) === name) || isMade(name!, files)) return [];
			return [
				{
					message: `${file.path} takes ${name!}, and it is built as ${built.name}`,
					evidence: [placeIn(file, index + 1), built.file.placeAt(built.at)],
					fix: { say: `write ${built.name}`, ...editAt(file, offset, name!, built.name) },
				},
			];
		});
	});
}
