import { requiredBy } from "./required.ts";
import { trigramsOf, type Trigrams } from "./trigrams.ts";

/** Sets of literals, each as its trigrams. */
type Needs = readonly (readonly (readonly number[])[])[];

/** Patterns are written in the sources; those that are made at run time are forgotten now and then. */
const MOST = 10_000;
const known = new Map<string, Needs>();

/** Whether a pattern may match in a text, by the literals that it needs. */
export function mayMatch(pattern: RegExp, trigrams: Trigrams): boolean {
	for (const literals of needsOf(pattern)) if (!hasOne(literals, trigrams)) return false;
	return true;
}

function hasOne(literals: Needs[number], trigrams: Trigrams): boolean {
	for (const one of literals) if (trigrams.mayHold(one)) return true;
	return false;
}

/** By its source: a literal pattern in a function is another object at each call. */
function needsOf(pattern: RegExp): Needs {
	const { source, unicode, unicodeSets } = pattern;
	if (unicode || unicodeSets) return [];
	const before = known.get(source);
	if (before !== undefined) return before;
	const needs = requiredBy(pattern).map((literals) => literals.map(trigramsOf));
	if (known.size >= MOST) known.clear();
	known.set(source, needs);
	return needs;
}
