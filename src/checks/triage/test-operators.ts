import { plainCommands, shellTexts, type ShellText } from "../shell/everywhere.ts";
import type { Command } from "../shell/script.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS265",
	scope: "static",
	severity: "error",
	question: "Does every `[ … ]` compare what it seems to compare?",
	why: "`[ $a=b ]` is one word and so always true, and `[ grep … ]` is an error and so always false: the branch runs always, or never.",
	example: "`if [ grep -q x f ]`: write `if grep -q x f`.",
	run(tree) {
		const texts = shellTexts(tree);
		return { looked: `${texts.length} scripts, steps and recipes`, findings: texts.flatMap(inText) };
	},
} satisfies StaticCheck;

const inText = (script: ShellText): Found[] =>
	/(?:^|[\s;(!])\[{1,2}[ \t]/m.test(script.text)
		? plainCommands(script).flatMap((command) => {
				const fault = faultOf(script, command);
				return fault === undefined
					? []
					: [
							{
								message: `${script.file.path}: \`${script.text.slice(command.words[0]!.start, command.words.at(-1)!.end).split("\n")[0]!.slice(0, 60)}\` ${fault.what}`,
								evidence: [script.place(command.words[0]!.start)],
								fix: { say: fault.say },
							} as const,
						];
			})
		: [];

/** Programs that nobody compares with. */
const PROGRAMS =
	/^(?:grep|egrep|command|curl|wget|which|docker|systemctl|pgrep|git|nc|id|getent|nvidia-smi|dpkg|python3?|kubectl|ping|find|ls|cat|jq|awk)$/;

function faultOf(script: ShellText, { words, writes }: Command): { what: string; say: string } | undefined {
	if (words[0]!.text !== "[" || words[0]!.quoted) return undefined;
	const inner = words.slice(1, -1);
	const [first, second] = inner;
	if (words.at(-1)!.text !== "]") return undefined;
	// Of `>` in scripts of their own another check tells.
	const target = script.kind === "script" ? undefined : writes.find(({ start }) => start < words.at(-1)!.end);
	if (target !== undefined)
		return { what: `writes a file called ${target.text} and compares nothing`, say: "write -gt for >" };
	if (
		first !== undefined &&
		second !== undefined &&
		!first.quoted &&
		PROGRAMS.test(first.text) &&
		!/^(?:=|==|!=|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef|a|o)|\\?[<>])$/.test(second.text) &&
		inner.length > 1
	)
		return {
			what: `does not run ${first.text}: \`[\` takes it for a text`,
			say: `take the brackets away: if ${first.text} …`,
		};
	if (
		inner.length === 1 &&
		/^[^=\s]*[\w}"']!?={1,2}[^=]/.test(script.text.slice(first!.start, first!.end)) &&
		first!.dynamic &&
		!/^["']?\$\(/.test(script.text.slice(first!.start, first!.end))
	)
		return { what: "is one word and no comparison, and so always true", say: "write blanks around the operator" };
	if (
		inner.length === 2 &&
		first!.text === "-n" &&
		second!.dynamic &&
		!second!.quoted &&
		/^\$\{?\w+\}?$/.test(second!.text)
	)
		return {
			what: "is true also when the variable is empty: without quotes nothing is left behind -n",
			say: `write [ -n "${second!.text}" ]`,
		};
	return undefined;
}
