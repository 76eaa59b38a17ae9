/** An OSC with its end; one without an end is searched to the next escape at most, so that the time grows with the text alone. */
const OSC = "(?:\\u001B\\]|\\u009D)[^\\u0007\\u001B\\u009C\\u009D]*(?:\\u0007|\\u001B\\\\|\\u009C)";
/** CSI and the short escapes, as node:util's stripVTControlCharacters takes them. */
const CSI = "[\\u001B\\u009B][[\\]()#;?]*(?:\\d{1,4}(?:[;:]\\d{0,4})*)?[\\dA-PR-TZcf-nq-uy=><~]";
const ESCAPES = new RegExp(`${OSC}|${CSI}`, "g");

/**
 * A text without what moves a terminal (ECMA-48). Node's own stripVTControlCharacters looks through all that follows
 * from each OSC without an end: a line of a megabyte takes it minutes.
 */
export const withoutEscapes = (text: string): string =>
	text.includes("\u001B") || text.includes("\u009B") || text.includes("\u009D") ? text.replaceAll(ESCAPES, "") : text;
