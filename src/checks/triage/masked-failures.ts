import { parseShell, type Command, type Word } from "../shell/lexer.ts";
import { plainCommands, shellTexts, stopsAt, type ShellText } from "../shell/everywhere.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const DECLARES = /^(?:local|export|readonly|declare|typeset)$/;
/** What hardly ever fails, or whose failure leaves nothing to lose. */
const HARMLESS =
	/^(?:echo|printf|date|basename|dirname|pwd|cd|uname|whoami|id|hostname|nproc|seq|wc|sort|uniq|tr|sed|awk|cut|head|tail|true|false|:|expr|tty|tput|readlink|realpath|rev|column|fold|paste|cat|read|shift|local|return|test|\[|\[\[|grep|command|type|which|mktemp|getconf|sw_vers|arch|ls|find|stat|df|du|free|ps|pgrep|locale|tac|nl|shuf|base64|env|printenv|set|shopt|history)$/;

export default {
	code: "TS117",
	scope: "static",
	severity: "warning",
	question: "Does a script stop when the command fails whose output it declares a variable with?",
	why: "`local`, `export` and `readonly` succeed themselves: `set -e` does not see that the command in them failed, and the script goes on with an empty value.",
	example:
		'`local digest=$(resolve "$image")` under `set -e`: write `local digest` and then `digest=$(resolve "$image")`.',
	run(tree) {
		const texts = shellTexts(tree);
		return { looked: `${texts.length} scripts, steps and recipes`, findings: texts.flatMap(inText) };
	},
} satisfies StaticCheck;

/** Once a script, with all its lines. */
function inText(script: ShellText): Found[] {
	if (!/\b(?:local|export|readonly|declare|typeset)\s[^\n]*(?:\$\((?!\()|`)/.test(script.text)) return [];
	const commands = plainCommands(script);
	const hidden = commands.flatMap((command, index) => {
		const matters = stopsAt(script, command.words[0]!.start) || commands[index + 1]?.before === "&&";
		return DECLARES.test(command.words[0]!.text) && matters && command.before !== "&&"
			? command.words.slice(1).flatMap((word) => hiddenIn(script, command, word) ?? [])
			: [];
	});
	const [first, ...more] = hidden;
	if (first === undefined) return [];
	const also = more.length === 0 ? "" : ` (and ${more.length} more like it)`;
	return [
		{
			message: `${script.file.path}: \`${first.by} ${first.name}=$(…)\` hides a failure of \`${first.command}\`${also}: the script goes on with an empty ${first.name}`,
			evidence: [first.place, ...more.slice(0, 9).map(({ place }) => place)],
			fix: {
				say:
					first.by === "export"
						? `write ${first.name}=$(…) on a line of its own, and export ${first.name} below it`
						: `write \`${first.by === "readonly" ? "" : `${first.by} ${first.name}; `}${first.name}=$(…)\`, the assignment on a line of its own`,
			},
		},
	];
}

function hiddenIn(script: ShellText, { words: [by] }: Command, word: Word) {
	const raw = script.text.slice(word.start, word.end);
	const [, name, open] = /^(\w+)=["']?[^"'$`]*(\$\((?!\()|`)/.exec(raw) ?? [];
	if (name === undefined) return undefined;
	const inner = open === "`" ? parseShell(raw.split("`")[1] ?? "").commands : nestedIn(script, word);
	const command = failing(script, inner);
	// Whoever looks at the value afterwards has taken care.
	if (command === undefined || isAsked(script.text.slice(word.end, word.end + 600), name)) return undefined;
	return { name, by: by!.text, command, place: script.place(word.start) };
}

const nestedIn = ({ commands }: ShellText, { start, end }: Word): Command[] =>
	commands
		.filter(({ nested, words: [first] }) => nested && first !== undefined && first.start >= start && first.start < end)
		.toSorted((a, b) => a.words[0]!.start - b.words[0]!.start);

/** The first command whose failure would count. */
function failing(script: ShellText, inner: readonly Command[]): string | undefined {
	if (inner.some(({ before }) => before === "||")) return undefined;
	const pipefail = script.pipefail || /\bpipefail\b/.test(script.text);
	const counted = inner.filter((_, index) => pipefail || inner[index + 1]?.before !== "|");
	const names = counted.flatMap(({ words }) => words.find(({ text }) => !/^\w+=/.test(text)) ?? []);
	const name = names.find((one) => !one.dynamic && !HARMLESS.test(one.text.replace(/^.*\//, "")))?.text;
	return name === undefined || isHarmless(script, name) ? undefined : name;
}

/** A function of the script that only formats. */
function isHarmless({ text }: ShellText, name: string): boolean {
	if (!/^[\w.-]+$/.test(name)) return false;
	const body = new RegExp(
		`^[ \\t]*(?:function[ \\t]+)?${RegExp.escape(name)}[ \\t]*(?:\\(\\))?[ \\t]*\\{([^]*?)\\n?[ \\t]*\\}`,
		"m",
	).exec(text)?.[1];
	if (body === undefined) return false;
	return parseShell(body).commands.every(
		({ words: [first] }) => first !== undefined && (HARMLESS.test(first.text) || /^\w+=/.test(first.text)),
	);
}

const isAsked = (after: string, name: string): boolean =>
	new RegExp(
		`-[nzefd][ \\t]+["']?\\$\\{?${name}\\b|\\[\\[?[ \\t]+["']?\\$\\{?${name}\\b|\\$\\{${name}:?[?+-]|\\bcase[ \\t]+["']?\\$\\{?${name}\\b|\\(\\([^)]*\\b${name}\\b`,
	).test(after);
