import { parser as javascript } from "@lezer/javascript";
import { parser as python } from "@lezer/python";
import type { Command, Word } from "../shell/lexer.ts";

/** Code of another language in a word of a command. */
interface Inline {
	language: "Python" | "JavaScript";
	word: Word;
	code: string;
	/** As it is written. */
	raw: string;
}

/** The code of `python -c …` and `node -e …`; undefined where the shell puts something in. */
export function inlineOf({ words }: Pick<Command, "words">, text: string, joinLines: boolean): Inline | undefined {
	const at = words.findIndex(({ text: word }) => /(?:^|\/)(?:python[\d.]*|pypy3?|node|nodejs)$/.test(word));
	if (at === -1 || at > 4) return undefined;
	const js = /node/.test(words[at]!.text);
	const flag = words.findIndex(
		({ text: word }, index) => index > at && (js ? /^(?:-e|--eval|-p|--print|-pe)$/ : /^-\w*c$/).test(word),
	);
	const word = words[flag + 1];
	// Options may stand between; a script or -m may not.
	if (
		flag === -1 ||
		word === undefined ||
		words.slice(at + 1, flag).some(({ text: one }) => !one.startsWith("-") || one === "-m")
	)
		return undefined;
	if (word.dynamic) return undefined;
	const code = joinLines ? word.text.replaceAll(/\\\r?\n/g, "") : word.text;
	return { language: js ? "JavaScript" : "Python", word, code, raw: text.slice(word.start, word.end) };
}

/** What is wrong with the code, or undefined. */
export function faultOf({ language, code, raw }: Inline): string | undefined {
	// `"print("ok")"`: the inner quotes end the outer ones, and the name reaches the interpreter bare.
	if (/^"(?:[^"\\]|\\.)*[(=,[{ ]"[\w./:-]+"/.test(raw) || /^'[^']*[(=,[{ ]'[\w./:-]+'/.test(raw))
		return "its inner quotes end the outer ones, so that the text in them reaches the interpreter without quotes";
	const tree = language === "Python" ? python.parse(`${code}\n`) : javascript.parse(code);
	let broken = false;
	tree.iterate({
		enter: ({ type }) => {
			broken ||= type.isError;
		},
	});
	return broken ? `it is no ${language} after the shell has taken its quotes` : undefined;
}
