/** A call in a text of Python. */
export interface Call {
	/** With what it is called on. */
	name: string;
	/** What stands between its brackets. */
	inside: string;
	at: number;
}

/** The calls that a global pattern finds, from a name up to its `(`. */
export const callsOf = (text: string, pattern: RegExp): Call[] =>
	[...text.matchAll(pattern)].flatMap(({ 0: head, index }) =>
		callAt(text, head.replace(/\s*\($/, ""), index, index + head.length),
	);

/** From its bracket backwards: there are far fewer brackets than names. */
const CALLED = /\((?<=(?<![\w.]|\bdef[ \t]|\bclass[ \t])([A-Za-z_]\w*)\()/g;

/** The calls of functions of these names. */
export const callsTo = (text: string, names: { has(name: string): boolean }): Call[] =>
	[...text.matchAll(CALLED)].flatMap(({ 1: name, index }) =>
		names.has(name!) ? callAt(text, name!, index - name!.length, index + 1) : [],
	);

function callAt(text: string, name: string, at: number, open: number): Call[] {
	const end = closing(text, open);
	return end === undefined ? [] : [{ name, inside: text.slice(open, end), at }];
}

const LONGEST = 4000;

/** The offset of the bracket that closes the one before `from`; texts are passed over. */
function closing(text: string, from: number): number | undefined {
	let depth = 1;
	for (let at = from; at < text.length && at - from < LONGEST; at += 1) {
		const sign = text[at]!;
		if (sign === "#") at = text.indexOf("\n", at) === -1 ? text.length : text.indexOf("\n", at);
		else if (sign === '"' || sign === "'") at = endOfText(text, at, sign);
		else if (/[([{]/.test(sign)) depth += 1;
		else if (/[)\]}]/.test(sign)) {
			depth -= 1;
			if (depth === 0) return at;
		}
	}
	return undefined;
}

function endOfText(text: string, from: number, quote: string): number {
	const triple = text.startsWith(quote.repeat(3), from);
	const mark = triple ? quote.repeat(3) : quote;
	let at = from + mark.length;
	while (at < text.length && !text.startsWith(mark, at)) at += text[at] === "\\" ? 2 : 1;
	return at + mark.length - 1;
}
