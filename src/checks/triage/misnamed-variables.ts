import { nearest } from "../../system/nearest.ts";
import { editAt } from "../facts/found.ts";
import { shellScriptOf } from "../shell/lexer.ts";
import { isAside } from "../tree/aside.ts";
import { isComment } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS375",
	scope: "static",
	severity: "error",
	question: "Is every variable of a shell script the one that was set?",
	why: 'A name that nothing sets is empty: `rm -rf "$OLD/"*` then deletes from the root, and `cd $DIR` goes home.',
	example: "`LOG_ROOT=/var/log/x` is set and used nowhere, and `cd $LOG_DIR` is set nowhere: write LOG_ROOT.",
	run(tree) {
		const files = tree.in("shell").filter((file) => file.has(/^[ \t]*\w+=/m) && !isAside(file.path));
		return {
			looked: `${files.length} scripts that set variables`,
			findings: files.flatMap((file) => inFile(tree, file)),
		};
	},
} satisfies StaticCheck;

const SET =
	/(?:^|[;&|({]|\b(?:export|readonly|local|declare|typeset|then|do|else))[ \t]*(?:-\w+[ \t]+)*([A-Za-z_]\w{2,})\+?=(?!=)/gm;
const TAKEN =
	/\b(?:read(?:[ \t]+-\w+(?:[ \t]+\d+)?)*|for|printf[ \t]+-v|mapfile(?:[ \t]+-\w)*|getopts[ \t]+\S+|select)[ \t]+([A-Za-z_][\w \t]*)/g;
const READ = /\$(?:\{([A-Za-z_]\w{2,})\}|([A-Za-z_]\w{2,}))/g;

/** A name that only reads, beside one that is only set, and the two are nearly one. */
function inFile(tree: Tree, file: SourceFile): Found[] {
	const { text } = file;
	const sets = file.matches(SET).filter(({ index }) => !isComment(file, index));
	const known = new Set([
		...sets.map(([, name]) => name!),
		...file.matches(TAKEN).flatMap(([, names]) => names!.trim().split(/\s+/)),
	]);
	if (known.size === 0) return [];
	const takesIn = shellScriptOf(file).commands.some(
		({ words: [one] }) => one?.text === "source" || one?.text === "." || one?.text === "eval",
	);
	const times = new Map<string, number>();
	for (const word of text.match(/\w+/g) ?? []) if (known.has(word)) times.set(word, (times.get(word) ?? 0) + 1);
	const unused = [...known].filter((name) => times.get(name) === 1);
	if (takesIn || unused.length === 0 || file.has(/\bset\s+-a\b/)) return [];
	const reads = file.matches(READ).filter(({ index }) => text[index - 1] !== "\\" && !isComment(file, index));
	return [...Map.groupBy(reads, ([, braced, plain]) => (braced ?? plain)!)].flatMap(([name, [read]]): Found[] => {
		if (known.has(name) || isKnownElsewhere(tree, file, name) || new RegExp(`\\$\\{${name}[^}\\w]`).test(text))
			return [];
		const meant = alike(name, unused);
		if (meant === undefined) return [];
		const at = read!.index + read![0].indexOf(name);
		const set = sets.find(([, one]) => one === meant)!;
		return [
			{
				message: `${file.path} reads ${name}, which nothing sets, and sets ${meant}, which nothing reads`,
				evidence: [file.placeAt(at), file.placeAt(set.index + set[0].indexOf(meant))],
				fix: { say: `write ${meant}`, ...editAt(file, at, name, meant) },
			},
		];
	});
}

/** Near by its letters, or of the same first word with one more: LOG_ROOT and LOG_DIR. */
function alike(name: string, unused: readonly string[]): string | undefined {
	const word = /^[A-Za-z]{2,}_/.exec(name)?.[0];
	const family =
		word === undefined
			? []
			: unused.filter((one) => one.startsWith(word) && one.split("_").length === name.split("_").length);
	const same = unused.filter((one) => /^[A-Z\d_]+$/.test(one) === /^[A-Z\d_]+$/.test(name));
	return nearest(name, same, name.length > 5 ? 2 : 1) ?? (family.length === 1 ? family[0] : undefined);
}

/** Something else of the tree may set it for the script. */
const isKnownElsewhere = (tree: Tree, file: SourceFile, name: string): boolean =>
	/^(?:HOME|PATH|USER|PWD|OLDPWD|SHELL|HOSTNAME|LANG|TERM|TMPDIR|RANDOM|SECONDS|LINENO|UID|EUID|PPID|IFS|OPTARG|OPTIND|REPLY|EDITOR|DISPLAY|LOGNAME|MAIL|FUNCNAME|BASH_\w+|PIPESTATUS|XDG_\w+|GITHUB_\w+|CI|CI_\w+|RUNNER_\w+|SSH_\w+|PS\d|COLUMNS|LINES)$/.test(
		name,
	) || tree.files.some((one) => one !== file && one.text.includes(name));
