/** Bits for each character of the text, and the most in all: a filter of 8 KiB. */
const BITS = 2;
const [LEAST, MOST] = [10, 16];

/**
 * Which three characters follow each other in a text, capitals taken for small letters: a filter that never says no of
 * what is there, and seldom yes of what is not.
 */
export class Trigrams {
	readonly #bits: Uint32Array;
	readonly #shift: number;

	constructor(text: string) {
		const size = Math.min(MOST, Math.max(LEAST, Math.ceil(Math.log2(text.length * BITS + 1))));
		const bits = new Uint32Array(2 ** (size - 5));
		const shift = 32 - size;
		let [first, second] = [0, 0];
		for (let at = 0; at < text.length; at++) {
			const third = small(text.charCodeAt(at));
			const hash = hashOf(first, second, third) >>> shift;
			bits[hash >>> 5]! |= 1 << (hash & 31);
			first = second;
			second = third;
		}
		this.#bits = bits;
		this.#shift = shift;
	}

	/** Whether all of them may stand in the text. */
	mayHold(hashes: readonly number[]): boolean {
		const [bits, shift] = [this.#bits, this.#shift];
		for (const one of hashes) {
			const hash = one >>> shift;
			if (((bits[hash >>> 5]! >>> (hash & 31)) & 1) === 0) return false;
		}
		return true;
	}
}

/** Literals are written in the sources; those that are made at run time are forgotten now and then. */
const MOST_LITERALS = 10_000;
const known = new Map<string, readonly number[]>();

/** The trigrams of a literal, as `Trigrams` keeps them; none of one with less than three characters. */
export function trigramsOf(literal: string): readonly number[] {
	const before = known.get(literal);
	if (before !== undefined) return before;
	const codes = Array.from(literal, (_, at) => small(literal.charCodeAt(at)));
	const made = codes.slice(2).map((third, at) => hashOf(codes[at]!, codes[at + 1]!, third));
	if (known.size >= MOST_LITERALS) known.clear();
	known.set(literal, made);
	return made;
}

const small = (code: number): number => (code >= 65 && code <= 90 ? code | 32 : code);

const hashOf = (first: number, second: number, third: number): number =>
	Math.imul((first << 14) ^ (second << 7) ^ third, 0x9e3779b1);
