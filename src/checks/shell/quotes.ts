/** The offset after the quoted string at `at`: `'…'`, `$'…'` or a pair of backticks. Undefined when it never ends. */
export function quotedEnd(text: string, at: number): number | undefined {
	const escaped = text[at] !== "'";
	const quote = text[at] === "$" ? "'" : text[at]!;
	for (let end = at + (text[at] === "$" ? 2 : 1); end < text.length; end += 1) {
		if (escaped && text[end] === "\\") end += 1;
		else if (text[end] === quote) return end + 1;
	}
	return undefined;
}

/** The offset after the `}` of a `${` whose name begins at `at`. */
export function braceEnd(text: string, at: number, inDouble: boolean): number | undefined {
	for (let end = at; end < text.length; end += 1) {
		const char = text[end]!;
		if (char === "}") return end + 1;
		const after = insideBrace(text, end, inDouble);
		if (after === undefined) return undefined;
		end = after - 1;
	}
	return undefined;
}

function insideBrace(text: string, at: number, inDouble: boolean): number | undefined {
	const char = text[at]!;
	if (char === "\\") return at + 2;
	if (char === "$" && text[at + 1] === "{") return braceEnd(text, at + 2, inDouble);
	if (char === "$" && text[at + 1] === "(") return parenthesisEnd(text, at + 2);
	if (char === '"') return doubleEnd(text, at + 1);
	if ((char === "'" && !inDouble) || char === "`") return quotedEnd(text, at);
	return at + 1;
}

function doubleEnd(text: string, at: number): number | undefined {
	for (let end = at; end < text.length; end += 1) {
		if (text[end] === "\\") end += 1;
		else if (text[end] === '"') return end + 1;
	}
	return undefined;
}

/** A longer one is a subshell in a subshell. */
const LONGEST_ARITHMETIC = 5000;

function parenthesisEnd(text: string, at: number, stop = text.length): number | undefined {
	let depth = 1;
	for (let end = at; end < stop; end += 1) {
		const char = text[end]!;
		if (char === "\\") end += 1;
		else if (char === "'" || char === "`") end = (quotedEnd(text, end) ?? text.length) - 1;
		else if (char === '"') end = (doubleEnd(text, end + 1) ?? text.length) - 1;
		else if (char === "(") depth += 1;
		else if (char === ")" && (depth -= 1) === 0) return end + 1;
	}
	return undefined;
}

/** The offset after the `))` of an arithmetic expression that begins at `at`; undefined when it is none. */
export function arithmeticEnd(text: string, at: number): number | undefined {
	const end = parenthesisEnd(text, at, Math.min(text.length, at + LONGEST_ARITHMETIC));
	return end !== undefined && text[end] === ")" ? end + 1 : undefined;
}

const PIECES = /\\\r?\n|\\([^])|'([^']*)'|"((?:[^"\\]|\\[^])*)"|([^\\'"]+|[\\'"])/g;

/** What a word means, with its expansions as they are written. */
export function unquoted(raw: string): { text: string; quoted: boolean; dynamic: boolean } {
	const plain = !/[\\'"$`]/.test(raw);
	if (plain) return { text: raw, quoted: false, dynamic: false };
	// Most words with quotes are one string without a backslash.
	const inside = /^(?:"([^"\\]*)"|'([^']*)')$/.exec(raw);
	if (inside !== null)
		return { text: inside[1] ?? inside[2]!, quoted: true, dynamic: inside[1] !== undefined && /[$`]/.test(inside[1]) };
	let [text, dynamic] = ["", false];
	for (const [, escaped, single, double, bare] of raw.matchAll(PIECES)) {
		dynamic ||= /[$`]/.test(double?.replaceAll(/\\[^]/g, "") ?? bare ?? "");
		text += escaped ?? single ?? double?.replaceAll(/\\\r?\n/g, "").replaceAll(/\\(["$`\\])/g, "$1") ?? bare ?? "";
	}
	return { text, quoted: /['"\\]/.test(raw), dynamic };
}
