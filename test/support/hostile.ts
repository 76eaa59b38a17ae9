/** Each thing that a stranger may plant in a text that ends on a terminal. */
export const HOSTILE = {
	clipboard: "\u001B]52;c;cm0gLXJmIC8=\u0007",
	clear: "\u001B[2J\u001B[1;1H",
	colour: "\u001B[31m",
	carriage: "all is well\rfailed",
	bell: "\u0007",
	backspace: "\b\b\b",
	c1: "\u009B2J\u009D0;title\u009C",
	delete: "\u007F",
	bidi: "\u202Egnp.exe\u202C \u2066x\u2069 \u200F",
} as const;

export const PLANTED = Object.values(HOSTILE).join(" ");

const OURS = new RegExp(`${"\u001B"}\\[(?:[\\d;]*[mAGK]|\\?(?:25|2026)[lh])`, "g");

/** The characters of a text that a terminal obeys, or that hide what is read; colours and cursor moves of ours are not counted. */
export function obeyed(text: string): string[] {
	const own = text.replaceAll(OURS, "").replaceAll("\r\n", "\n");
	return own.match(/[[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]--[\n\t]]/gv) ?? [];
}
