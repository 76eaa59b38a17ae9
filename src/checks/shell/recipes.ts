import type { SourceFile } from "../tree/source-file.ts";

/** What make or just runs for a target; each line has a shell of its own. */
export interface Recipe {
	target: string;
	lines: readonly RecipeLine[];
}

interface RecipeLine {
	/** With continued lines; `$$` and make's own variables are variables of the shell in it. */
	text: string;
	/** Counted from 1. */
	line: number;
}

const MAKEFILE = /(?:^|\/)(?:GNU)?[Mm]akefile(?:\.[\w-]+)?$|\.mk$/;
const JUSTFILE = /(?:^|\/)\.?[Jj]ustfile$|\.just$/;

/** The recipes of a Makefile or a justfile; empty where one shell runs all lines. */
export function recipesIn(file: SourceFile): Recipe[] {
	const just = JUSTFILE.test(file.path);
	if ((!just && !MAKEFILE.test(file.path)) || file.has(/^\.ONESHELL\b/m)) return [];
	const isLine = just ? /^[ \t]+\S/ : /^\t/;
	const recipes: { target: string; lines: RecipeLine[] }[] = [];
	for (let at = 0; at < file.lines.length; at += 1) {
		const text = file.lines[at]!;
		const target = /^@?([\w./$(){}%-]+)[^=\n]*?:(?!=)/.exec(text)?.[1];
		if (!isLine.test(text)) {
			if (target !== undefined) recipes.push({ target, lines: [] });
			else if (text.trim() !== "" && !/^(?:#|if|else|endif|\[)/.test(text)) recipes.push({ target: "", lines: [] });
			continue;
		}
		const first = at;
		let whole = text;
		while (whole.endsWith("\\") && at + 1 < file.lines.length) whole += `\n${file.lines[(at += 1)]!}`;
		if (!/^\s*#(?!!)/.test(whole)) recipes.at(-1)?.lines.push({ text: shellOf(whole, just), line: first + 1 });
	}
	return recipes.filter(({ lines }) => lines.length > 0 && !/^\s*#!/.test(lines[0]!.text));
}

const shellOf = (text: string, just: boolean): string => {
	const bare = text.replace(/^\s*[@+-]+/, (one) => " ".repeat(one.length));
	return just
		? bare.replaceAll(/\{\{[^}]*\}\}/g, (one) => `\${${"_".repeat(Math.max(1, one.length - 3))}}`)
		: bare
				.replaceAll(/(?<!\$)\$[({](\w+)[)}]/g, "${$1}")
				.replaceAll(/(?<!\$)\$\((?:[^()]|\([^()]*\))*\)/g, "${_}")
				.replaceAll("$$", "$");
};
