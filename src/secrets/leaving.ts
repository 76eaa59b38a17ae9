import { redact } from "./secret.ts";

/** Colours of another program's output: they tell nothing. */
const COLOURS = new RegExp(`${"\u001B"}\\[[\\d;:]*m`, "g");
/** What a terminal obeys or a reader does not see: C0 but tab and line feed, DEL, C1, line separators, bidi controls. */
const HIDDEN = /[[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]--[\n\t]]/gv;

const escape = (character: string): string => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`;

/** Text of strangers as a terminal or a document may take it: control characters stand as `\u001b`, colours are removed. */
export const visible = (text: string): string =>
	text.replaceAll("\r\n", "\n").replaceAll(COLOURS, "").replaceAll(HIDDEN, escape);

/** Text as it leaves this process: without secrets, and visible. */
export function leaving(text: string): string {
	const clean = redact(text);
	const shown = visible(clean);
	return shown === clean ? clean : redact(shown); // a secret may have stood on both sides of a colour
}

/** JSON as it leaves this process; the escapes stand for the characters. `indent`: blanks a level, 0 for one line. */
export const leavingJson = (value: unknown, indent: number): string =>
	redact(JSON.stringify(value, null, indent)).replaceAll(HIDDEN, escape);
