import { partsFrom, tongueOf } from "../calls/arguments.ts";
import { readName } from "../calls/words.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import { parseShell } from "./lexer.ts";
import type { Command, Word } from "./script.ts";

/** A command that a program in another language gives to a shell, or starts itself. */
interface ForeignCommand {
	command: Pick<Command, "words">;
	/** Where it begins in its file. */
	at: number;
}

const SCRIPT = /\.(?:sh|bash)\b/;

/** Commands of PowerShell, Python and JavaScript that have a shell script among their words. */
export const foreignCommands = (file: SourceFile): ForeignCommand[] => {
	if (!file.has(SCRIPT)) return [];
	return file.language === "powershell" ? ofPowerShell(file) : ofCode(file);
};

const TEXT = /"((?:[^"`\n]|`[^\n])*\.(?:sh|bash)[ \t](?:[^"`\n]|`[^\n])*)"/g;
/** `& bash ./scripts/wait.sh $Server $Port` */
const BARE =
	/(?<=[&|;({=]|^)[ \t]*((?:wsl(?:\.exe)?[ \t]+)?(?:bash|sh)(?:\.exe)?[ \t]+[^\n|;"'`]*\.(?:sh|bash)[ \t]+[^\n|;]*)/gm;

/** Texts in double quotes go to a shell elsewhere: `ssh $server "sudo /opt/app/rotate.sh $name"`. */
const ofPowerShell = (file: SourceFile): ForeignCommand[] =>
	[...file.matches(TEXT), ...file.matches(BARE)].flatMap(({ 0: all, 1: text, index }) =>
		isComment(file, index)
			? []
			: commandsIn(
					text!.replaceAll(/\$\(\$?([\w.]+)\)|\$\{(?:\w+:)?(\w+)\}|\$(?:script|env|global):(\w+)/g, named),
				).map((command) => ({ command, at: index + all.indexOf(text!) })),
	);

/** `$($config.Port)` is one value, as `$Port` is. */
const named = (_: string, read?: string, braced?: string, scoped?: string): string =>
	`\${${(read ?? braced ?? scoped ?? "").split(".").at(-1)!}}`;

/** The commands of a text for a shell that name a script. */
export const commandsIn = (text: string): Command[] =>
	parseShell(text).commands.filter(({ words }) => words.some((word) => SCRIPT.test(word.text)));

const LISTED = /(["'`])((?:[\w.${}-]*\/)*[\w.-]+\.(?:sh|bash))\1[ \t\n]*,[ \t\n]*(\[)?/g;

/** `subprocess.run(["scripts/wait.sh", host, port])`, `execa("scripts/wait.sh", [host, port])` */
const ofCode = (file: SourceFile): ForeignCommand[] =>
	file.matches(LISTED).flatMap(({ 0: head, 2: script, 3: list, index }): ForeignCommand[] => {
		const before = file.text.slice(Math.max(0, index - 40), index);
		if (isComment(file, index) || !(list === undefined ? /\[[^\][()]*$/ : /\(\s*$/).test(before)) return [];
		const given = partsFrom(file.text, index + head.length, tongueOf(file));
		if (given === undefined || file.text[given.end] !== "]") return [];
		const words = [script!, ...given.parts.map(({ text }) => valueOf(text))].map((text): Word => {
			const dynamic = text.includes("$");
			return { text, start: 0, end: 0, quoted: text !== "$@", dynamic };
		});
		return [{ command: { words }, at: index }];
	});

/** A literal as it is, what reads a name as that of a shell. */
function valueOf(text: string): string {
	const literal = /^[rb]?(["'`])([^"'`$\\{}]*)\1$/.exec(text)?.[2];
	if (literal !== undefined) return literal;
	if (/^(?:\*|\.\.\.)/.test(text)) return "$@";
	const bare =
		/^(?:str|String)\(([^()]*)\)$/.exec(text)?.[1] ?? /^f?["'`]\$?\{([\w.]+)\}["'`]$/.exec(text)?.[1] ?? text;
	return `\${${readName(bare) ?? "_"}}`;
}
