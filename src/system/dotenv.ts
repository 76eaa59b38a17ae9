import { parse } from "dotenv";

/** An assignment as dotenv 18 reads it, on text whose line ends are LF. */
const ASSIGNMENT =
	/^[^\S\n]*(?:export\s+)?([\w.-]+)(\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/dgm;

/** One assignment of a .env file, and where it stands. */
export interface Assignment {
	name: string;
	value: string;
	/** Counted from 1. */
	line: number;
	/** Where the value stands, without its quotes; offsets count UTF-16 units. */
	from: number;
	to: number;
}

/** The values of a .env file. A byte-order mark and CRLF are tolerated. */
export const dotenvValues = (text: string): Record<string, string> => parse(text.replace(/^\uFEFF/, ""));

/** Of the same length. A line feed comes first: what stands before it may go on behind it (`NAME:`). */
const withLineFeeds = (text: string): string => text.replaceAll("\r\n", "\n ").replaceAll("\r", "\n");

/** Every assignment in the order of the text; the last one of a name counts. */
export function assignmentsOf(text: string): Assignment[] {
	const masked = withLineFeeds(text);
	let [line, counted] = [1, 0];
	return [...masked.matchAll(ASSIGNMENT)].map((match) => {
		const at = match.indices![1]![0];
		line += masked.slice(counted, at).split("\n").length - 1;
		counted = at;
		const raw = match[3] ?? "";
		const start = match.indices![3]?.[0] ?? match.indices![2]![1];
		const trimmed = raw.trim();
		const from = start + raw.length - raw.trimStart().length;
		const quoted = /^(['"`])[^]*\1$/.test(trimmed) && trimmed.length > 1 ? 1 : 0;
		const value = trimmed.slice(quoted, trimmed.length - quoted);
		if (trimmed === "") return { name: match[1]!, value, line, from: start, to: start };
		return { name: match[1]!, value, line, from: from + quoted, to: from + trimmed.length - quoted };
	});
}

/** Names whose value ends at a # that no blank stands before: in a shell it would go on. */
export function cutNames(text: string): string[] {
	const masked = withLineFeeds(text);
	const cut = [...masked.matchAll(ASSIGNMENT)].filter((match) => {
		const [raw, end] = [match[3] ?? "", match.indices![3]?.[1] ?? match.indices![2]![1]];
		return masked[end] === "#" && !/^\s*['"`]|\s$/.test(raw) && !(raw === "" && /\s$/.test(match[2]!));
	});
	return [...new Set(cut.map((match) => match[1]!))];
}

/** Names whose value begins with a quote that none closes: it ends with its line, and the quote is a part of it. */
export function unclosedNames(text: string): string[] {
	const unclosed = assignmentsOf(text).filter(
		({ value, from }) => /^(?:'[^']*|"[^"]*|`[^`]*)$/.test(value) && !/['"`]/.test(text[from - 1] ?? ""),
	);
	return [...new Set(unclosed.map(({ name }) => name))];
}

/** Lines, counted from 1, that are no assignment, comment or blank. */
export function strayLines(text: string): number[] {
	const masked = text.replace(/^\uFEFF/, "").replaceAll(/\r\n?/g, "\n");
	const rest = masked.replaceAll(ASSIGNMENT, (found) => found.replaceAll(/[^\n]/g, ""));
	return rest.split("\n").flatMap((line, index) => (/^\s*(?:#.*)?$/.test(line) ? [] : [index + 1]));
}

/** A text and the names in it whose value was changed. */
export interface EnvEdit {
	text: string;
	names: string[];
}

/**
 * Every assignment of the wanted names gets its value, and the names that have none a line at the end. Values need no
 * quotes: no `#`, quote or line break.
 */
export function withAssignments(text: string, wanted: ReadonlyMap<string, string>): EnvEdit {
	const assignments = assignmentsOf(text);
	const changed = assignments.filter(({ name, value }) => wanted.has(name) && wanted.get(name) !== value);
	const missing = [...wanted].filter(([name]) => !assignments.some((one) => one.name === name));
	const edited = changed.reduceRight(
		(out, { name, from, to }) => out.slice(0, from) + wanted.get(name)! + out.slice(to),
		text,
	);
	const end = /\r\n|\n|\r/.exec(text)?.[0] ?? "\n";
	const gap = missing.length > 0 ? gapAfter(edited, end) : "";
	const added = missing.map(([name, value]) => `${name}=${value}${end}`).join("");
	const names = [...changed.map(({ name }) => name), ...missing.map(([name]) => name)];
	return { text: edited + gap + added, names: [...new Set(names)] };
}

/** What ends the last line. The value of `NAME:` without one would be the line that follows. */
function gapAfter(text: string, end: string): string {
	if (text === "") return "";
	const body = text.replace(/(?:\r\n?|\n)$/, "");
	const last = body.slice(Math.max(body.lastIndexOf("\n"), body.lastIndexOf("\r")) + 1);
	const open = /^[^\S\n]*(?:export\s+)?[\w.-]+:$/.test(last) ? end : "";
	return body === text ? end + open : open;
}
