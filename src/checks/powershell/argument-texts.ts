import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";

/** What a task, a service or another process gives to a script of PowerShell, as a text or a list holds it. */
interface ArgumentText {
	/** `Start-Control.ps1` */
	script: string;
	/** The file's text, in the same offsets, without the quotes within texts. */
	text: string;
	/** Behind the script. */
	from: number;
}

/** `$start = Join-Path $root 'ops\\Start-Control.ps1'`: a variable that holds the path of a script. */
const HOLDS =
	/^[ \t]*\$(\w+)[ \t]*=[ \t]*(?:\(?[ \t]*Join-Path\b[^\n]*?|["'][^"'\n]*?)([\w.-]+\.ps1)["']?[ \t]*\)?[ \t]*\r?$/gim;
const FILED =
	/-(?:File|f)(["'],)?[ \t]+(?:["']|`"|\\"|&quot;)?(?:\$\{?(\w+)\}?|[^\s"'`$&<>|]*?([\w.-]+\.ps1))(?=["',\s`\\&<]|$)/gi;
/** Quotes within a text. */
const ESCAPED = /`"|\\"|&quot;/g;
const STARTS = /powershell|pwsh|-Argument|<Arguments>|-NoProfile|-ExecutionPolicy/i;

/** `-Argument "-File \`"$start\`" -EnvFile …"`, `-ArgumentList '-File', $start, '-EnvFile'`, `<Arguments>-File …` of a task. */
export function argumentTexts(file: SourceFile): ArgumentText[] {
	if (!file.has(STARTS)) return [];
	const held = file.language === "powershell" ? heldIn(file) : new Map<string, string>();
	let bare: string | undefined;
	return file.matches(FILED).flatMap(({ 0: all, 1: list, 2: variable, 3: name, index }): ArgumentText[] => {
		const script = name ?? held.get(variable?.toLowerCase() ?? "");
		const before = statementBefore(file.text, index);
		if (script === undefined || !STARTS.test(before) || /^\s*(?:#|::|rem\b)/i.test(before)) return [];
		if (file.language === "powershell" && kindAt(file, index) === "comment") return [];
		const from = index + all.length;
		bare ??= file.text.replaceAll(ESCAPED, (quote) => " ".repeat(quote.length));
		return [{ script, from, text: list === undefined ? bare : listFrom(bare, from) }];
	});
}

/** The line up to an offset, with those that it is continued from. */
const statementBefore = (text: string, at: number): string =>
	/(?:[^\n]*[`,(\\][ \t]*\r?\n)*[^\n]*$/.exec(text.slice(Math.max(0, at - 500), at))![0];

/** Up to the end of a list: its quotes and commas taken out. */
function listFrom(text: string, from: number): string {
	const end = text.slice(from).search(/(?<![,`(][ \t]*)\r?\n|\)/);
	const to = end === -1 ? text.length : from + end;
	return text.slice(0, from) + text.slice(from, to).replaceAll(/["',]/g, " ") + text.slice(to);
}

/** Variables that are given one script, and nothing else. */
const heldIn = (file: SourceFile): Map<string, string> =>
	new Map(
		file
			.matches(HOLDS)
			.flatMap(([, name, script]) =>
				file.matches(new RegExp(`\\$${name!}[ \\t]*=(?!=)`, "gi")).length === 1
					? [[name!.toLowerCase(), script!] as const]
					: [],
			),
	);
