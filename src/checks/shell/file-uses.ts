import { posix } from "node:path";
import { standingOf } from "../facts/standing.ts";
import { isTest } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { FilePlace } from "../place.ts";
import type { Tree } from "../tree/tree.ts";
import { argumentsOf } from "../workflows/script.ts";
import { shellTexts, type ShellText } from "./everywhere.ts";
import type { Command } from "./script.ts";

/** What a command of a shell does with a file that it names below a folder. */
export interface FileUse {
	/** From where the scripts run; `*` for what is only known then. */
	path: string;
	/** `demands`: a test whose failure ends the script. `tests`: another one. */
	how: "demands" | "other" | "reads" | "tests" | "writes";
	place: FilePlace;
}

const READERS =
	/^(?:cat|head|tail|tac|less|grep|egrep|awk|cut|sort|uniq|wc|diff|cmp|jq|yq|source|\.|sha\d+sum|md5sum|stat|base64|tr|xargs|mapfile|readarray)$/;
const NEUTRAL = /^(?:echo|printf|rm|mkdir|chmod|chown|ls|log|die|warn|info|error|flock|exec|:|trap|install)$/;

/** Uses of files by a path of at least one folder, in scripts, steps and recipes. */
export const fileUses = once((tree: Tree): readonly FileUse[] =>
	shellTexts(tree)
		.filter(({ file }) => standingOf(file.path) === "live" && !isTest(file.path))
		.flatMap((script) => [...script.commands.flatMap((command) => usesIn(script, command)), ...testsIn(script)]),
);

const TEST = /(?:\[\[?|\btest)[ \t]+(!?)[ \t]*-[efsr][ \t]+["']?([^\s"'\]]+)["']?(?:[ \t]*\]\]?)?/g;
const ENDS = /\b(?:exit[ \t]+(?:[1-9]|"?\$)|die|fail|abort|return[ \t]+[1-9])/;

/** `[[ ! -f releases/x ]] … exit 1`, `test -f releases/x || die`: whether the script goes on without the file. */
function testsIn(script: ShellText): FileUse[] {
	return [...script.text.matchAll(TEST)].flatMap(({ 0: all, 1: not, 2: word, index }): FileUse[] => {
		const path = pathOf(word!);
		const rest = script.text.slice(index + all.length, index + all.length + 240);
		const block =
			not === "!"
				? /^[ \t]*(?:;|\n|&&)([^]*?)(?:\n[ \t]*(?:fi|else)\b|$)/.exec(rest)
				: /^[ \t]*\|\|([^\n]*)/.exec(rest);
		const place = script.place(index);
		return path === undefined ? [] : [{ path, how: ENDS.test(block?.[1] ?? "") ? "demands" : "tests", place }];
	});
}

function usesIn(script: ShellText, command: Command): FileUse[] {
	const words = argumentsOf(command);
	const program = words[0]?.text ?? "";
	const uses = [
		...command.writes.map((word) => ({ word, how: "writes" as const })),
		...command.reads.map((word) => ({ word, how: "reads" as const })),
		...words.slice(1).map((word, at) => ({ word, how: howOf(program, words, at + 1) })),
	];
	return uses.flatMap(({ word, how }) => {
		const path = pathOf(word.text);
		return path === undefined ? [] : [{ path, how, place: script.place(word.start) }];
	});
}

function howOf(program: string, words: Command["words"], at: number): FileUse["how"] {
	const before = words[at - 1]?.text ?? "";
	if (/^--(?:env-file|config|from-file)$/.test(before) || /^--(?:env-file|config|from-file)=/.test(words[at]!.text))
		return "reads";
	if (/^(?:\[\[?|test|!)$/.test(program)) return "tests";
	if (/^(?:cp|mv|ln|rsync|scp)$/.test(program)) {
		const last = words.findLastIndex(({ text }) => !text.startsWith("-"));
		return words.some(({ text }) => /^(?:-t|--target-directory)/.test(text))
			? "other"
			: at === last
				? "writes"
				: "reads";
	}
	if (program === "tee" || /^(?:-o|--output|-O|--output-document)$/.test(before)) return "writes";
	if (program === "sed") return words.some(({ text }) => /^(?:-i|--in-place)/.test(text)) ? "writes" : "reads";
	return READERS.test(program) ? "reads" : NEUTRAL.test(program) ? "tests" : "other";
}

/** Below the folder that the script goes to: `$ROOT/releases/next.env` is `releases/next.env`. */
function pathOf(text: string): string | undefined {
	const bare = text
		.replace(/^--[\w-]+=/, "")
		.replace(/^(?:\$\w+|\$\{\w+(?::?[?-][^}]*)?\}|\.)\//, "")
		.replaceAll(/\$\((?:[^()]|\([^()]*\))*\)|\$\{[^}]*\}|\$\w+|`[^`]*`/g, "*");
	return /^[\w.-]+(?:\/[\w.*-]+)+$/.test(bare) && !/^\.\.|\/\.\.(?:\/|$)/.test(bare)
		? posix.normalize(bare)
		: undefined;
}
