import { distance } from "fastest-levenshtein";

/**
 * The word of `known` that was probably meant, whatever its case; undefined when none is near.
 * `tolerance`: letters that may differ; a third of them unless given, at least two, never all.
 */
export function nearest(
	word: string,
	known: readonly string[],
	tolerance = Math.max(2, Math.floor(word.length / 3)),
): string | undefined {
	const ranked = known.map((one) => ({ one, differ: distance(word.toLowerCase(), one.toLowerCase()) }));
	const [best] = ranked.toSorted((a, b) => a.differ - b.differ);
	const isNear = best && best.differ <= tolerance && best.differ < Math.max(word.length, best.one.length);
	return isNear ? best.one : undefined;
}

/** `; did you mean port?`, or nothing when no word is near. */
export function meant(word: string, known: readonly string[]): string {
	const found = nearest(word, known);
	return found === undefined ? "" : `; did you mean ${found}?`;
}

/** `did you mean cpu-1? cres.yaml has: cpu-1, gpu-1`, or only the latter when no word is near. */
export function didYouMean(word: string, known: readonly string[], otherwise: string): string {
	const found = nearest(word, known);
	return found === undefined ? otherwise : `did you mean ${found}? ${otherwise}`;
}
