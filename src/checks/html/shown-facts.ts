import { factsOf } from "../facts/table.ts";
import type { Tree } from "../tree/tree.ts";
import type { ShownFact } from "./page.ts";

/** Facts and places of one that a page shows: those that most places state. */
const [MOST_FACTS, MOST_PLACES] = [500, 12];

/** The facts of a tree for its page, by kind and name. */
export function shownFacts(tree: Tree): ShownFact[] {
	const facts = factsOf(tree);
	const counting = new Set(facts.toSorted((a, b) => b.places.length - a.places.length).slice(0, MOST_FACTS));
	return facts
		.filter((one) => counting.has(one))
		.map(({ kind, name, places }) => ({
			...{ kind, name },
			value: [...new Set(places.flatMap(({ value }) => value ?? []))].slice(0, MOST_PLACES).join(", "),
			places: places.slice(0, MOST_PLACES).map(({ path, line, as }) => `${path}:${line} ${as}`),
		}));
}
