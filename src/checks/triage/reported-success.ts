import { standingOf } from "../facts/standing.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isCommentLine } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS521",
	scope: "static",
	severity: "error",
	question: "Does a script that says that something failed end with a code other than 0?",
	why: "Who started it, a scheduler, a supervisor or a workflow, sees success: the next step begins, and nobody is told.",
	example:
		"`Write-Log 'the store did not come up'; exit 0`, and the other failures of the script exit 1: write exit 1.",
	run(tree) {
		const files = tree
			.in("shell", "powershell", "batch", "python", "javascript")
			.filter((file) => standingOf(file.path) === "live" && !isAside(file.path) && file.has(ENDS_WELL));
		return { looked: `${files.length} programs that end with 0 somewhere`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

const ENDS_WELL =
	/^[ \t]*(?:exit(?: \/b)? 0|sys\.exit\(0\)|raise SystemExit\(0\)|process\.exit\(0\))[ \t]*;?[ \t]*\r?$/m;
const ENDS_BADLY =
	/^[ \t]*(?:exit(?: \/b)? [1-9]\d*|sys\.exit\([1-9]\d*\)|raise SystemExit\([1-9]\d*\)|process\.exit\([1-9]\d*\))/m;
/** A line that tells people something. */
const SAYS =
	/^[ \t]*(?:@?echo|printf|Write-\w+|log\w*|say|err\w*|warn|print|console\.(?:error|log|warn)|logg(?:er|ing)\.\w+|sys\.stderr\.write)\b[ \t(]*(.*)$/i;
const FAILED =
	/\b(?:did not (?:come up|start|answer|respond|finish|become|stop)|does not (?:answer|respond)|failed(?! over)|failure|fatal|could not|cannot|can't|timed out|timeout|unreachable|not (?:healthy|ready|reachable|running)|is missing|missing)\b|\berror:/i;
/** It is all right, or somebody else goes on. */
const FINE =
	/\b(?:skip\w*|ignor\w*|nothing|no need|optional\w*|already|later|retry|retrying|again|continu\w*|anyway|not configured|disabled|dry[- ]?run|best[- ]effort|no (?:new|failed|failures?|errors?)|0 failed|usage|for now|harmless|fine|expected|next (?:run|time|start))\b|\?/i;

/** In a branch: it says that something failed, and ends with 0, while other failures of the file end otherwise. */
function inFile(file: SourceFile): Found[] {
	const bad = file.lines.findIndex((text) => ENDS_BADLY.test(text));
	if (bad === -1) return [];
	return file.lines.flatMap((text, index): Found[] => {
		if (!ENDS_WELL.test(text) || !/^[ \t]/.test(text)) return [];
		const said = file.lines[index - 1] ?? "";
		const told = SAYS.exec(said)?.[1];
		const around = [file.lines[index - 3], file.lines[index - 2], said, text].filter((one) => one !== undefined);
		if (told === undefined || !FAILED.test(told) || FINE.test(told)) return [];
		if (around.some((one) => /#|\/\/|^\s*(?:rem|::)/i.test(one.replaceAll(/\$\{?#|"[^"]*"|'[^']*'/g, "")))) return [];
		if (isCommentLine(file, index + 1) || indentOf(said) !== indentOf(text)) return [];
		const other = file.lines[bad]!.trim().replace(/;$/, "");
		return [
			{
				message: `${file.path} says ${JSON.stringify(told.replaceAll(/^[\s(]*["']|["'][\s);]*(?:>&2)?\s*$/g, "").slice(0, 80))} and ends with 0, where its other failures end with \`${other}\``,
				evidence: [placeIn(file, index + 1), placeIn(file, index), placeIn(file, bad + 1)],
				fix: {
					say: `write ${text.trim().replace("0", "1")}`,
					...editOf(file, index + 1, text.trim(), text.trim().replace("0", "1")),
				},
			},
		];
	});
}

const indentOf = (text: string): string => /^[ \t]*/.exec(text)![0];
