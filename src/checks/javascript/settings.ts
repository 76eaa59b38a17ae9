import { isComment } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";

/** A text in a settings file of a tool. */
export interface Setting {
	text: string;
	/** Offset of the text, after its quote. */
	at: number;
}

const OPEN: Readonly<Record<string, string>> = { "[": "]", "{": "}", "(": ")" };

/**
 * The texts that `key: …` is given in an object of JavaScript or JSON: one, those of a list, the values of an object.
 * Undefined where it is computed in part, so that there may be more.
 */
export function settingsOf(file: SourceFile, key: string): Setting[] | undefined {
	const found: Setting[] = [];
	let whole = true;
	for (const { 0: all, index } of file.text.matchAll(new RegExp(`(?<![\\w.$])["']?${key}["']?\\s*:\\s*`, "g"))) {
		const from = index + all.length;
		if (isComment(file, index)) continue;
		const end = endOf(file.text, from);
		const value = file.text.slice(from, end);
		const texts = [...value.matchAll(/(["'`])((?:(?!\1)[^\\\n])*)\1(\s*:)?/g)].filter(
			([, , , isKey]) => isKey === undefined,
		);
		for (const { 2: text, 0: quoted, index: at } of texts)
			if (!isComment(file, from + at)) found.push({ text: text!, at: from + at + quoted.indexOf(text!) });
		const bare = value.replaceAll(/(["'`])(?:(?!\1)[^\\\n])*\1/g, "").replaceAll(/\/\/[^\n]*|\/\*[^]*?\*\//g, "");
		if (/\$\{|\.\.\.|[A-Za-z_]\w*\s*\(|\b(?:require|import)\b/.test(bare) || /^\s*[A-Za-z_$]/.test(bare)) whole = false;
		if (texts.some(([text]) => text.includes("${"))) whole = false;
	}
	return whole ? found : undefined;
}

/** Where a value ends: at its closing bracket, or at a comma or line end. */
function endOf(text: string, from: number): number {
	const close: string[] = [];
	const end = Math.min(text.length, from + LONGEST);
	for (let at = from; at < end; at += 1) {
		const char = text[at]!;
		if (/["'`]/.test(char)) {
			const next = text.indexOf(char, at + 1);
			if (next === -1) return at;
			at = next;
		} else if (Object.hasOwn(OPEN, char)) close.push(OPEN[char]!);
		else if (close.length > 0 && char === close.at(-1)) close.pop();
		else if (close.length === 0 && /[,}\])\n;]/.test(char)) return at;
	}
	return end;
}

const LONGEST = 4000;

/** Whether a boolean of a settings file is set: `clean: true`. */
export const flagOf = (file: SourceFile, key: string): { value: boolean; at: number } | undefined => {
	const found = [...file.text.matchAll(new RegExp(`(?<![\\w.$])["']?${key}["']?\\s*:\\s*(true|false)\\b`, "g"))].find(
		({ index }) => !isComment(file, index),
	);
	return found === undefined ? undefined : { value: found[1] === "true", at: found.index };
};
