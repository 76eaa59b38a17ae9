import { Chalk, type ChalkInstance } from "chalk";

/** Words that a person should see at once. */
const WORDS: Readonly<Record<string, "green" | "yellow" | "red">> = {
	LIVE: "green",
	BUSY: "green",
	STALE: "yellow",
	GONE: "red",
	ok: "green",
	warn: "yellow",
	fail: "red",
	drift: "yellow",
	stopped: "yellow",
	changing: "yellow",
	interrupted: "red",
	"two-containers": "red",
	unknown: "yellow",
	"not-polling": "red",
	unreachable: "red",
	"rolled-back": "yellow",
	"✔": "green",
	"✖": "red",
	"▲": "yellow",
};
const words = (are: "marks" | "names"): string =>
	Object.keys(WORDS)
		.filter((word) => /\w/.test(word) === (are === "names"))
		.join("|");
/** A mark before what it judges and the word behind it; a word that is all of a cell of a table, or of what a label says. */
const VERDICT = new RegExp(
	`(?<=^ *)(?:${words("marks")})(?= |$)|(?<=^ *(?:\\S )?|  )(?:${words("names")})(?=  |$)|(?<=^ *\\w+: )(?:${words("names")})$`,
	"g",
);

/** A global flag: what is painted before the flags are read must know it too. */
const NO_COLOR = "--no-color";

/**
 * Colours verdicts and the `→` line that names the next command. Text without either comes out as it is, and so does a
 * sentence: its words are no verdicts.
 */
export const paint = (text: string, chalk: ChalkInstance): string =>
	text
		.split("\n")
		.map((line) =>
			/^\s*→ /.test(line) ? chalk.cyan(line) : line.replaceAll(VERDICT, (word) => chalk[WORDS[word]!](word)),
		)
		.join("\n");

/** It is a terminal, and neither NO_COLOR nor --no-color is given. */
export const hasColours = (stream: NodeJS.WriteStream): boolean =>
	stream.isTTY && stream.hasColors?.() && !process.argv.includes(NO_COLOR);

/** Paints for this stream, where it has colours. */
export const painterFor = (stream: NodeJS.WriteStream): ((text: string) => string) => {
	const colours = hasColours(stream) ? 1 : 0;
	const chalk = new Chalk({ level: colours });
	return (text) => (colours ? paint(text, chalk) : text);
};
