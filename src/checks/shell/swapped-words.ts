import { EVEN } from "../calls/turned.ts";
import { fits, isNear } from "../calls/words.ts";
import type { Word } from "./script.ts";

/** Two words of a command that stand at each other's place. */
interface Swap {
	first: number;
	second: number;
	/** What is asked for at the first place, and at the second. */
	names: readonly [string, string];
}

/** The name of the variable that a word is as a whole: of `$Port`, `${PORT:-80}` and `$(PORT)`. */
const variableOf = ({ text }: Pick<Word, "text">): string | undefined =>
	/^\$(?:(\w+)|\{(\w+)(?::?[-=?][^{}]*)?\}|\((\w+)\))$/
		.exec(text)
		?.slice(1)
		.find((one) => one !== undefined);

/**
 * Words that bear the names of each other's place, by the names of the places. One of them is enough, unless `both` must,
 * where it is that name itself and the other word has nothing to do with its own place.
 */
export function swappedIn(
	words: readonly Word[],
	names: readonly (string | undefined)[],
	both = false,
): Swap | undefined {
	const given = words.map(variableOf);
	if (words.some(({ text }) => /\$[@*]|\[[@*]\]/.test(text))) return undefined;
	for (let first = 0; first < words.length; first += 1)
		for (let second = first + 1; second < words.length; second += 1) {
			const [a, b, p, q] = [given[first], given[second], names[first], names[second]];
			if (a === undefined || b === undefined || p === undefined || q === undefined) continue;
			if (EVEN.test(p) || EVEN.test(q) || fits(p, q) || fits(a, b) || fits(a, p) || fits(b, q)) continue;
			const [crossed, back] = [fits(a, q), fits(b, p)];
			const sharp = !both && ((crossed && isSame(a, q) && !isNear(b, q)) || (back && isSame(b, p) && !isNear(a, p)));
			if ((crossed && back) || sharp) return { first, second, names: [p, q] };
		}
	return undefined;
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
