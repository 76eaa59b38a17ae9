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
	/-(?:File|f)(?:[ \t]+|(["'](?:,[ \t]*(?:\r?\n)?|[ \t]*\r?\n)[ \t]*))(?:["']|`"|\\"|&quot;)?(?:\$\{?(\w+)\}?|[^\s"'`$&<>|]*?([\w.-]+\.ps1))(?=["',\s`\\&<]|$)/gi;
/** Quotes within a text. */
const ESCAPED = /`"|\\"|&quot;/g;
const STARTS = /powershell|pwsh|-Argument|<Arguments>|-NoProfile|-ExecutionPolicy/i;

/** `-Argument "-File \`"$start\`" -EnvFile …"`, `-ArgumentList '-File', $start, '-EnvFile'`, a list of them over several lines, `<Arguments>-File …` of a task. */
export function argumentTexts(file: SourceFile): ArgumentText[] {
	if (!file.has(STARTS)) return [];
	const held = file.language === "powershell" ? heldIn(file) : new Map<string, string>();
	let bare: string | undefined;
	return file.matches(FILED).flatMap(({ 0: all, 1: isItem, 2: variable, 3: name, index }): ArgumentText[] => {
		const script = name ?? held.get(variable?.toLowerCase() ?? "");
		if (script === undefined) return [];
		const list = openList(file, index);
		const before = statementBefore(file.text, list ?? index) + (list === undefined ? "" : file.text.slice(list, index));
		if (!STARTS.test(before) || /^\s*(?:#|::|rem\b)/i.test(before)) return [];
		if (file.language === "powershell" && kindAt(file, index) === "comment") return [];
		const from = index + all.length;
		bare ??= file.text.replaceAll(ESCAPED, (quote) => " ".repeat(quote.length));
		const text =
			list === undefined
				? isItem === undefined
					? bare
					: listFrom(bare, from, /(?<![,`(][ \t]*)\r?\n|\)/)
				: listFrom(bare, from, file.language === "powershell" ? /\)[ \t]*(?:-\w[^\n]*)?\r?$/m : /\]/);
		return [{ script, from, text }];
	});
}

/** The line up to an offset, with those that it is continued from. */
const statementBefore = (text: string, at: number): string =>
	/(?:[^\n]*[`,(\\][ \t]*\r?\n)*[^\n]*$/.exec(text.slice(Math.max(0, at - 500), at))![0];

/** Where the list over several lines begins that an offset stands in: `@(` and an item a line; in other languages `[`. */
function openList(file: SourceFile, at: number): number | undefined {
	const before = file.text.slice(Math.max(0, at - 1000), at);
	if (file.language !== "powershell") {
		const open = before.lastIndexOf("[");
		return /^(?:python|javascript)$/.test(file.language) && open > before.lastIndexOf("]")
			? at - before.length + open
			: undefined;
	}
	const open = /@\([ \t]*\r?\n(?:[ \t]*(?:["'$#][^\n]*)?\r?\n)*[ \t]*["'][^"'\n]*$/.exec(before);
	return open === null ? undefined : at - before.length + open.index;
}

/** Up to the end of a list: its quotes, commas and ends of lines taken out. */
function listFrom(text: string, from: number, ends: RegExp): string {
	const end = text.slice(from).search(ends);
	const to = end === -1 ? text.length : from + end;
	const words = text.slice(from, to).replaceAll(/[ \t]#[^\n]*/g, blank);
	return text.slice(0, from) + words.replaceAll(/["',\n]/g, " ") + text.slice(to);
}

const blank = (text: string): string => " ".repeat(text.length);

/** Variables that are given one script, and nothing else; in small letters. */
export const heldIn = (file: SourceFile): Map<string, string> =>
	new Map(
		file
			.matches(HOLDS)
			.flatMap(([, name, script]) =>
				file.matches(new RegExp(`\\$${name!}[ \\t]*=(?!=)`, "gi")).length === 1
					? [[name!.toLowerCase(), script!] as const]
					: [],
			),
	);
