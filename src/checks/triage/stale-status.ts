import { plainCommands, shellTexts, type ShellText } from "../shell/everywhere.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS264",
	scope: "static",
	severity: "error",
	question: "Does `$?` hold the result of the command that is meant?",
	why: "`$?` is that of the last command: behind an `echo` it is always 0, so that the failure is never seen.",
	example: '`deploy; echo "done"; if [ $? -ne 0 ]`: look at it at once, or write `if ! deploy; then`.',
	run(tree) {
		const texts = shellTexts(tree).filter(({ text }) => /\$\?|\$\{\?\}/.test(text));
		return { looked: `${texts.length} scripts that look at $?`, findings: texts.flatMap(inText) };
	},
} satisfies StaticCheck;

/** What has nothing to tell by its own result. */
const TELLS = /^(?:echo|printf|logger|sleep|set|:|true|export|unset|date|shift)$/;

function inText(script: ShellText): Found[] {
	const commands = plainCommands(script);
	return commands.flatMap((command, index): Found[] => {
		const asks = command.words.some(({ text }) => /\$\?|\$\{\?\}/.test(text));
		const before = commands[index - 1];
		const name = before?.words[0]?.text ?? "";
		if (!asks || before === undefined || !TELLS.test(name) || !isNext(script, before, command)) return [];
		const texts = before.words.map(({ text }) => text);
		// It is told itself, or the value is kept there.
		if (
			texts.some((text) => text.includes("$?")) ||
			(name === "set" && !/^[-+][a-z]/.test(texts[1] ?? "")) ||
			name === "date" ||
			/^(?:echo|printf)$/.test(command.words[0]!.text)
		)
			return [];
		if (/\$\(|`/.test(texts.join(" "))) return [];
		return [
			{
				message: `${script.file.path} looks at $? behind \`${name}\`, and so at the result of \`${name}\`, which is 0`,
				evidence: [script.place(command.words[0]!.start), script.place(before.words[0]!.start)],
				fix: { say: `put \`${name}\` below it, or keep the result: status=$?` },
			},
		];
	});
}

/** Nothing but a line end and `if` stands between them, in one block. */
function isNext(
	script: ShellText,
	before: { words: readonly { end: number }[]; depth: number; before: string },
	{ words, depth, before: joint }: { words: readonly { start: number }[]; depth: number; before: string },
): boolean {
	const gap = script.text
		.slice(before.words.at(-1)!.end, words[0]!.start)
		.replaceAll(/(?<=\s)#[^\n]*|\d?>+&?\s*[\w$"'{}/.&-]+/g, "");
	const inCondition = /\b(?:if|elif|while|until)\b/.test(gap) ? 1 : 0;
	return (
		!/^(?:\|\||&&|\|)$/.test(before.before) &&
		/^[\s;]*(?:(?:if|while|until)[ \t]+!?[ \t]*)?$/.test(gap) &&
		depth === before.depth + inCondition &&
		!/^(?:\|\||&&|\|)$/.test(joint)
	);
}
