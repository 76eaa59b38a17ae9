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

/** Every assignment in the order of the text; the last one of a name counts. */
export function assignmentsOf(text: string): Assignment[] {
	const masked = text.replaceAll("\r\n", " \n").replaceAll("\r", "\n"); // of the same length
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
