import type { SourceFile } from "../tree/source-file.ts";

/** A sign that the reader of a file takes for itself, where another program was meant to see it. */
export interface TakenSign {
	file: SourceFile;
	/** Counted from 1. */
	line: number;
	/** As it is written: `$1`. */
	sign: string;
	/** What becomes of it. */
	what: string;
	/** As it has to be written. */
	meant: string;
}

/** Programs of a shell that no function of make is named after. */
const COMMAND =
	/(?<!\$)(?:\$\$)*\$\((date|git|cat|pwd|whoami|hostname|uname|docker|python3?|node|curl|grep|awk|sed|head|tail|nproc|mktemp|find|ls|jq|id|kubectl|openssl)[ \t][^()\n]*\)/g;
const FIELD = /(?<!\$)(?:\$\$)*(\$(?:\d|NF\b))/g;

/** Single dollar signs of a Makefile for awk, for a command of the shell, and for its variables (GNU make, "Using Variables in Recipes"). */
export function makeSigns(file: SourceFile): TakenSign[] {
	const found: TakenSign[] = [];
	let defined = false;
	for (let at = 0; at < file.lines.length; at += 1) {
		const first = at;
		let text = file.lines[at]!;
		if (/^\s*define\b/.test(text)) defined = true;
		if (/^\s*endef\b/.test(text)) defined = false;
		while (text.trimEnd().endsWith("\\") && at + 1 < file.lines.length) text += `\n${file.lines[(at += 1)]!}`;
		if (defined || /^[ \t]*#/.test(text) || !text.includes("$")) continue;
		const add = (index: number, sign: string, what: string): void => {
			const line = first + 1 + (text.slice(0, index).match(/\n/g)?.length ?? 0);
			found.push({ file, line, sign, what: `make ${what}`, meant: `$${sign}` });
		};
		const [command] = text.matchAll(COMMAND);
		if (command !== undefined)
			add(command.index, command[0].slice(command[0].lastIndexOf("$(")), "takes it for a variable, which is empty");
		if (!text.startsWith("\t")) continue;
		const [field] = text.matchAll(FIELD);
		if (field !== undefined && !file.has(/\$\(call\b[^\n]*\$\(1\)/))
			add(field.index, field[1]!, "puts nothing in its place");
		const [name] = namesOf(text).flatMap((one) => {
			const used = new RegExp(`(?<!\\$)(?:\\$\\$)*\\$${one}\\b`).exec(text);
			return used === null ? [] : [{ one, index: used.index }];
		});
		if (name !== undefined && !file.has(new RegExp(`^${name.one[0]!}[ \\t]*[:?+]?=`, "m")))
			add(name.index, `$${name.one}`, `reads $${name.one[0]!} and the letters ${name.one.slice(1)}`);
	}
	return found;
}

/** Variables of more than one letter that the shell of a recipe gives a value. */
const namesOf = (text: string): string[] =>
	[
		...text.matchAll(
			/(?:\bfor[ \t]+|\bread[ \t]+(?:-r[ \t]+)?|(?:^\t[@+-]*|[;&{(]|\bdo|\bthen)\s*)([a-z]\w+)(?=[ \t]+in\b|=|[ \t]*;)/g,
		),
	].map(([, name]) => name!);
