/** One part of a list in brackets: an argument, a parameter or an entry of an object. */
export interface Part {
	/** Without blanks and comments around it. */
	text: string;
	at: number;
}

export const tongueOf = ({ language }: { language: string }): Tongue =>
	language === "python" ? "python" : "javascript";

export type Tongue = "javascript" | "python";

const LONGEST = 6000;

/** What is larger was put together by a program. */
export const LARGEST_CODE = 200_000;

/**
 * The parts between a bracket and the one that closes it, and where that one stands; `from` is the offset after the
 * opening bracket. Undefined where it is not closed near by.
 */
export function partsFrom(text: string, from: number, tongue: Tongue): { parts: Part[]; end: number } | undefined {
	const parts: Part[] = [];
	let [start, depth, angles] = [from, 0, 0];
	const marks = tongue === "python" ? /[()[\]{},"'#]/g : /[()[\]{},"'`/<>]/g;
	for (let at = nextOf(marks, text, from); at !== -1 && at - from < LONGEST; at = nextOf(marks, text, at + 1)) {
		const sign = text[at]!;
		const skipped = "\"'`#/".includes(sign) ? skip(text, at, tongue) : at;
		if (skipped > at) at = skipped - 1;
		else if ("([{".includes(sign)) depth += 1;
		else if (tongue === "javascript" && sign === "<" && /\w<[\w$@{[("'|]/.test(text.slice(at - 1, at + 2))) angles += 1;
		else if (sign === ">" && angles > 0 && text[at - 1] !== "=") angles -= 1;
		else if (")]}".includes(sign) && depth > 0) depth -= 1;
		else if (")]}".includes(sign)) {
			push(parts, text, start, at, tongue);
			return { parts, end: at };
		} else if (sign === "," && depth === 0 && angles === 0 && !inLambda(text, start, at, tongue)) {
			push(parts, text, start, at, tongue);
			start = at + 1;
		}
	}
	return undefined;
}

/** A comma between the parameters of `lambda request, response: …`. */
const inLambda = (text: string, start: number, at: number, tongue: Tongue): boolean =>
	tongue === "python" && /\blambda\b[^:]*$/.test(text.slice(start, at));

function nextOf(marks: RegExp, text: string, from: number): number {
	marks.lastIndex = from;
	return marks.exec(text)?.index ?? -1;
}

/** The offset after the comment or text that begins here; the same offset where none does. */
function skip(text: string, at: number, tongue: Tongue): number {
	const sign = text[at]!;
	const python = tongue === "python";
	if (python ? sign === "#" : text.startsWith("//", at)) return until(text, "\n", at);
	if (!python && text.startsWith("/*", at)) return until(text, "*/", at) + 2;
	if (!python && sign === "/") return afterRegex(text, at);
	if (!python && sign === "`") return afterTemplate(text, at);
	if (sign !== '"' && sign !== "'") return at;
	const mark = python && text.startsWith(sign.repeat(3), at) ? sign.repeat(3) : sign;
	let end = at + mark.length;
	while (end < text.length && !text.startsWith(mark, end)) end += text[end] === "\\" ? 2 : 1;
	return end + mark.length;
}

/** A slash after an operator or a bracket begins a pattern; another one divides. */
function afterRegex(text: string, at: number): number {
	if (!/[(,=:[!&|?{};\n]\s*$|\breturn\s*$/.test(text.slice(Math.max(0, at - 12), at))) return at;
	const found = /^\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/.exec(text.slice(at, at + 1000));
	return found === null ? at : at + found[0].length;
}

function afterTemplate(text: string, at: number): number {
	let end = at + 1;
	while (end < text.length && text[end] !== "`") {
		if (text.startsWith("${", end)) end = (partsFrom(text, end + 2, "javascript")?.end ?? end) + 1;
		else end += text[end] === "\\" ? 2 : 1;
	}
	return end + 1;
}

const until = (text: string, mark: string, from: number): number => {
	const found = text.indexOf(mark, from);
	return found === -1 ? text.length : found;
};

function push(parts: Part[], text: string, start: number, end: number, tongue: Tongue): void {
	let from = start;
	for (;;) {
		while (from < end && /\s/.test(text[from]!)) from += 1;
		const comment = tongue === "python" ? text[from] === "#" : /^\/[/*]/.test(text.slice(from, from + 2));
		const after = comment ? skip(text, from, tongue) : from;
		if (after === from || from >= end) break;
		from = Math.min(after, end);
	}
	const comment = tongue === "python" ? /(?<=\s)#[^\n"']*$/ : /\s\/\/[^\n"'`]*$/;
	const one = text.slice(from, end).trimEnd().replace(comment, "").trimEnd();
	if (one !== "") parts.push({ text: one, at: from });
}
