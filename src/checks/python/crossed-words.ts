import { placeIn } from "../facts/found.ts";
import type { Start } from "../shell/inner-commands.ts";
import type { Word } from "../shell/script.ts";
import { swappedIn } from "../shell/swapped-words.ts";
import type { Found } from "../triage-check.ts";
import type { ProgramRun } from "./parsers.ts";

/** `--host "$PORT" --port "$HOST"`, and words without an option in another order than the parser's. */
export function crossedWords({ file, place }: Start, words: readonly Word[], { target, parser }: ProgramRun): Found[] {
	const first = words.findIndex(({ text }) => text.startsWith("-"));
	const bare = first === -1 ? words : words.slice(0, first);
	const named = words.flatMap(({ text }, at) => {
		const name = /^--([a-z][\w-]*)$/.exec(text)?.[1]?.replaceAll("-", "_");
		const value = words[at + 1];
		return name === undefined || value === undefined || value.text.startsWith("-") ? [] : [{ name, value }];
	});
	const values = named.map(({ value }) => value);
	const swaps = [
		{ list: bare, swap: swappedIn(bare, parser.places) },
		{
			list: values,
			swap: swappedIn(
				values,
				named.map(({ name }) => name),
				true,
			),
		},
	];
	return swaps.flatMap(({ list, swap }): Found[] => {
		if (swap === undefined) return [];
		const [a, b] = [list[swap.first]!, list[swap.second]!];
		return [
			{
				message: `${file.path} gives ${target.path} ${a.text} as ${swap.names[0]} and ${b.text} as ${swap.names[1]}`,
				evidence: [place(a.start), placeIn(target, target.lineAt(target.text.indexOf("add_argument(")))],
				fix: { say: `give ${b.text} as ${swap.names[0]}` },
			},
		];
	});
}
