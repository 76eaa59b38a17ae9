import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { envOf, liveEnvOf } from "./env.ts";
import { isEnvExample } from "./standing.ts";

/** A number, or a variable of a shell with what it says of its default: `$PORT`, `${PORT:-8080}`, `${PORT:?}`. */
export const PORT_WORD = String.raw`\d{2,5}|\$\w+|\$\{\w+(?::?[-=?+][^}\n]*)?\}`;

/** The one port that the tree sets each name to. */
const portsByName = once((tree: Tree): ReadonlyMap<string, string> => {
	const said = [...liveEnvOf(tree), ...envOf(tree).filter(({ file, comment }) => !comment && isEnvExample(file.path))];
	const sets = said.filter(
		({ how, name, value }) => how === "sets" && /PORT/.test(name) && /^\d{2,5}$/.test(value ?? ""),
	);
	return new Map(
		[...Map.groupBy(sets, ({ name }) => name)].flatMap(([name, all]): [string, string][] =>
			new Set(all.map(({ value }) => value)).size === 1 ? [[name, all[0]!.value!]] : [],
		),
	);
});

/** The number that a word stands for; undefined where nothing or more than one place sets its variable. */
export function portOf(tree: Tree, word: string): string | undefined {
	if (/^\d+$/.test(word)) return word;
	const [, name, fallback] = /^\$\{?(\w+)(?::?[-=](\d{2,5}))?/.exec(word) ?? [];
	return name === undefined ? undefined : (portsByName(tree).get(name) ?? fallback);
}
