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

/** Paints for this stream: nothing unless it is a terminal, and nothing under NO_COLOR, which --no-color sets. */
export const painterFor = (stream: NodeJS.WriteStream): ((text: string) => string) => {
	const colours = stream.isTTY && stream.hasColors?.() ? 1 : 0;
	const chalk = new Chalk({ level: colours });
	return (text) => (colours ? paint(text, chalk) : text);
};
