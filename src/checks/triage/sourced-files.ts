import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { endingIn } from "../launch/resolve.ts";
import { behindOwnFolder } from "../shell/beside.ts";
import { shellScriptOf } from "../shell/lexer.ts";
import { standingOf } from "../facts/standing.ts";
import { mayBeMade } from "../tree/generated.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS372",
	scope: "static",
	severity: "error",
	question: "Is every file that a shell script takes in with `source` in the tree?",
	why: "A script stops at the first line, or goes on without its functions, when the library beside it was renamed.",
	example: '`. "$(dirname "$0")/../lib/logging.sh"` and the file is lib/common.sh.',
	run(tree) {
		const files = tree
			.in("shell")
			.filter((file) => standingOf(file.path) !== "history" && file.has(/(?:^|[\s;&|])(?:source|\.)[ \t]/m));
		return {
			looked: `${files.length} scripts that take in others`,
			findings: files.flatMap((file) => missing(tree, file)),
		};
	},
} satisfies StaticCheck;

function missing(tree: Tree, file: SourceFile): Found[] {
	return shellScriptOf(file).commands.flatMap((command): Found[] => {
		const [verb, target] = command.words;
		if ((verb?.text !== "source" && verb?.text !== ".") || target === undefined || command.before === "||") return [];
		const tail = /^[\w-][\w./-]*\/[\w.-]+$/.test(target.text) ? target.text : behindOwnFolder(file, target.text);
		if (tail === undefined || !/\.(?:sh|bash|inc|lib)$/.test(tail)) return [];
		const moved = movedTo(tree, file, target.text, tail);
		if (moved === undefined && isThere(tree, file, tail)) return [];
		const name = posix.basename(tail);
		const guarded = new RegExp(`-[efrsx]\\s+[^\\n]*${RegExp.escape(name)}|>>?\\s*[^\\n]*${RegExp.escape(name)}`).test(
			file.text,
		);
		if (guarded || command.before === "&&" || isMade(tree, tail)) return [];
		const folder = posix.basename(posix.dirname(tail));
		const beside = tree.paths.filter(
			(path) => posix.basename(posix.dirname(path)) === folder && /\.(?:sh|bash)$/.test(path),
		);
		const known = folder === "." || /^\.+$/.test(folder) ? [] : beside;
		const meant =
			nearest(
				name,
				known.map((path) => posix.basename(path)),
				3,
			) ?? (known.length === 1 ? posix.basename(known[0]!) : undefined);
		return [
			{
				message:
					moved === undefined
						? `${file.path} takes in ${tail.replace(/^(?:\.\.?\/)+/, "")}, and the tree has no such file`
						: `${file.path} takes in ${posix.join(posix.dirname(file.path), tail)}, and the file is ${moved}`,
				evidence: [file.placeAt(verb.start)],
				fix: {
					say:
						moved !== undefined
							? `take in ${moved}`
							: meant === undefined
								? "bring the file back, or take the line out"
								: `write ${meant}, or bring ${name} back`,
				},
			},
		];
	});
}

const isThere = (tree: Tree, file: SourceFile, tail: string): boolean =>
	tree.has(posix.join(posix.dirname(file.path), tail)) || tree.has(tail) || endingIn(tree, tail) !== undefined;

/** Straight behind the folder of the script, and not behind one that it went to. */
const BESIDE =
	/^(?:\$\(dirname (?:--\s+)?["']?\$\{?(?:0|BASH_SOURCE(?:\[0\])?)\}?["']?\)|\$\{(?:BASH_SOURCE(?:\[0\])?|0)%\/\*\})\//;

/** Where the file is that a script looks for beside itself: another script takes it in there, and no image puts both together. */
function movedTo(tree: Tree, file: SourceFile, word: string, tail: string): string | undefined {
	const [here, other] = [posix.join(posix.dirname(file.path), tail), endingIn(tree, tail)];
	if (!BESIDE.test(word) || tree.has(here) || other === undefined) return undefined;
	const name = posix.basename(tail);
	const isTaken = tree
		.in("shell")
		.some(
			(one) =>
				one !== file &&
				sourcedBy(one).some((path) => path.endsWith(name) && posix.join(posix.dirname(one.path), path) === other),
		);
	const isCopied = tree
		.in("dockerfile", "yaml")
		.some(({ text }) => text.includes(posix.basename(file.path)) || text.includes(name));
	return isTaken && !isCopied ? other : undefined;
}

/** What a script takes in from beside itself, by its path from there. */
const sourcedBy = ({ text }: SourceFile): string[] =>
	[...text.matchAll(/^[ \t]*(?:source|\.)[ \t]+"?(\$[^\n]*\/[\w.-]+)"?[ \t]*$/gm)].flatMap(([, word]) =>
		BESIDE.test(word!) ? [word!.replace(BESIDE, "")] : [],
	);

const isMade = (tree: Tree, tail: string): boolean =>
	mayBeMade(tree, tail.replace(/^(?:\.\.?\/)+/, "")) ||
	/(?:^|\/)(?:venv|\.venv|env|node_modules|build|dist|out|vendor|third_party|submodules?)\//.test(tail) ||
	tree.has(".gitmodules");
