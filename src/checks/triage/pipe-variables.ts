import { loopEnd, plainCommands, shellTexts, stopsAt, type ShellText } from "../shell/everywhere.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS118",
	scope: "static",
	severity: "error",
	question: "Does a value that a loop counts or collects survive the loop?",
	why: "What stands behind a pipe runs in a subshell: the variables that it changes have their old values again after it, and an `exit` in it ends only the loop.",
	example: "`ls | while read -r f; do n=$((n+1)); done; echo $n` says 0: write `while read -r f; do …; done < <(ls)`.",
	run(tree) {
		const texts = shellTexts(tree);
		return { looked: `${texts.length} scripts, steps and recipes`, findings: texts.flatMap(inText) };
	},
} satisfies StaticCheck;

/** Loops of one script that are looked at. */
const MOST = 50;
const PIPED = /\|[ \t]*(?:\\?\r?\n[ \t]*)?(while|until|for)[ \t]+(?=\S)/g;

function inText(script: ShellText): Found[] {
	const { text } = script;
	if (!/\|[ \t\\\r\n]*(?:while|until|for)\b/.test(text) || /\blastpipe\b/.test(text)) return [];
	const commands = plainCommands(script);
	return [...text.matchAll(PIPED)].slice(0, MOST).flatMap(({ 0: all, 1: word, index }): Found[] => {
		const start = index + all.length;
		const from = index + all.lastIndexOf(word!);
		const known = commands.some(
			({ words: [first], before }) => before === "keyword" && first!.start >= start && first!.start < start + 200,
		);
		const end = known ? loopEnd(script, from) : undefined;
		return end === undefined ? [] : [...lostIn(script, { from, end }), ...endsIn(script, { from, end })];
	});
}

/** From `while` to `done`. */
interface Loop {
	from: number;
	end: number;
}

/** `exit 1` in the loop, where nobody looks at how the loop ended. */
function endsIn(script: ShellText, { from, end }: Loop): Found[] {
	const { text } = script;
	const rest = text.slice(end).replaceAll(/(?<=^|\s)#[^\n]*/g, "");
	if (
		stopsAt(script, from) ||
		/^[^\n]*(?:\|\||&&)|^[\s;)}]*(?:fi|done|\}|\))?\s*$|^\s*(?:exit|return)\b[^\n]*\$\?|\$\?|PIPESTATUS/.test(
			rest.slice(0, 120),
		)
	)
		return [];
	if (
		/\b(?:if|while|until|!)[ \t]+[^\n]*$/.test(text.slice(text.lastIndexOf("\n", from) + 1, from)) ||
		!/\S/.test(rest) ||
		script.kind !== "script"
	)
		return [];
	const exit = plainCommands(script).find(
		({ words: [first, second] }) =>
			first!.text === "exit" && /^[1-9]\d*$/.test(second?.text ?? "") && first!.start > from && first!.start < end,
	);
	return exit === undefined
		? []
		: [
				{
					message: `${script.file.path} wants to end by \`exit ${exit.words[1]!.text}\` in a loop behind a pipe, and only the loop ends`,
					evidence: [script.place(exit.words[0]!.start), script.place(end)],
					fix: { say: "write `|| exit` behind the loop's `done`, or feed the loop by `done < <(command)` (bash)" },
				},
			];
}

const SET =
	/(?<=^|[\s;&|({])([A-Za-z_]\w*)(?:\[[^\]\n]*\])?(?:\+?=(?!=)|\+\+|--)|\(\([ \t]*(?:\+\+|--)?([A-Za-z_]\w*)[ \t]*(?:\+\+|--|[-+*/]?=(?!=)|\)\))|\blet[ \t]+["']?([A-Za-z_]\w*)/g;

function lostIn(script: ShellText, { from, end }: Loop): Found[] {
	const { text } = script;
	const body = text.slice(from, end);
	const names = new Map<string, number>();
	for (const match of body.matchAll(SET)) {
		const name = match[1] ?? match[2] ?? match[3]!;
		const line = body.slice(body.lastIndexOf("\n", match.index) + 1, match.index);
		// `IFS= read`, `A=b command`, and what is quoted or told.
		if (!names.has(name) && !/#|\b(?:echo|printf|local|export)\b/.test(line) && !isForOne(body, match.index))
			names.set(name, from + match.index);
	}
	return [...names].flatMap(([name, at]): Found[] => {
		const read = readAfter(text, end, name);
		if (read === undefined || !isSetBefore(text.slice(0, from), name)) return [];
		return [
			{
				message: `${script.file.path} changes ${name} in a loop behind a pipe, and reads it after the loop, where it has its old value`,
				evidence: [script.place(at), script.place(read)],
				fix: { say: "feed the loop by `done < <(command)` (bash), or by a file, and not by a pipe" },
			},
		];
	});
}

/** An assignment that stands before a command is that command's own. */
const isForOne = (body: string, at: number): boolean =>
	/^[A-Za-z_]\w*\+?=(?:"[^"\n]*"|'[^'\n]*'|[^\s;&|"'$(]*)[ \t]+[A-Za-z./]/.test(body.slice(at, at + 200));

const isSetBefore = (before: string, name: string): boolean =>
	new RegExp(`(?<=^|[\\s;&|({])(?:${name}\\+?=|(?:local|declare|typeset)[ \\t][^\\n;]*\\b${name}\\b)`, "m").test(
		functionOf(before),
	);

/** Where a variable is read behind the loop, before it is set again and before its function ends. */
function readAfter(text: string, end: number, name: string): number | undefined {
	const rest = text.slice(end);
	const stop = /^\}/m.exec(rest)?.index ?? rest.length;
	const isInFunction = /^[ \t]*(?:function[ \t]+)?[\w-]+[ \t]*(?:\(\))?[ \t]*\{[ \t]*$/m.test(
		functionOf(text.slice(0, end)).slice(0, 200),
	);
	const scope = isInFunction ? rest.slice(0, stop) : rest;
	const pattern = new RegExp(`\\$\\{?#?${name}\\b|\\(\\([^)\\n]*\\b${name}\\b|(?<=^|[\\s;&|])${name}=`, "m");
	const found = pattern.exec(scope.replaceAll(/(?<=^|\s)#[^\n]*/g, (one) => " ".repeat(one.length)));
	return found === null || found[0].endsWith("=") ? undefined : end + found.index;
}

/** The text from the beginning of the function that is open at its end, or the whole of it. */
function functionOf(before: string): string {
	const opens = [...before.matchAll(/^(?:function[ \t]+)?[\w-]+[ \t]*(?:\(\))?[ \t]*\{[ \t]*$/gm)].at(-1);
	return opens === undefined || /^\}/m.test(before.slice(opens.index)) ? before : before.slice(opens.index);
}
