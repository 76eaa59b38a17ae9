/** A text that matches holds one literal of each set; in small letters, of at least three characters of ASCII. */
export type Required = readonly (readonly string[])[];

/** What a part of a pattern matches: these texts alone, or anything that holds what is required. */
type Part = { texts: readonly string[] } | { required: Required };

const SHORTEST = 3;
/** Literals of a set; a part that could be more than these counts as one that could be anything. */
const MOST = 40;
const ANYTHING: Part = { required: [] };
/** Those that stand for one of many characters, or are longer than others: what they match is not looked into. */
const ESCAPE = /\\(?:x[\da-f]{2}|u\{[^}]*\}|u[\da-f]{4}|c[a-z]|[pP]\{[^}]*\}|k<[^>]*>|\d+|[dDsSwWnrtvf])/iy;
const CLASS = /\[(\^?)((?:[^\]\\]|\\.)*)\]/sy;
/** Members that stand for themselves. */
const FEW = /^(?:[^\\\]-]|\\[^\w]|-$){1,8}$/;
const QUANTIFIER = /(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/y;
const GROUP = /\((?:\?(?:(<?[=!])|<\w+>|[ims-]*:))?/y;

/** Literals without which a pattern matches nothing. Empty where none is certain, and for patterns with the flag u or v. */
export const requiredBy = ({ source, flags }: RegExp): Required =>
	/[uv]/.test(flags) ? [] : requiredIn(new Reader(source).alternatives());

const requiredIn = (part: Part): Required => ("required" in part ? part.required : setOf(part.texts));

const setOf = (texts: readonly string[]): Required => (texts.every(({ length }) => length >= SHORTEST) ? [texts] : []);

/** Each text of the first before each of the second; undefined: too many. */
const joined = (first: readonly string[], second: readonly string[]): readonly string[] | undefined =>
	first.length * second.length > MOST ? undefined : first.flatMap((one) => second.map((other) => one + other));

/** Reads the source of a pattern that the engine has taken for a right one. */
class Reader {
	#at = 0;
	readonly #source: string;

	constructor(source: string) {
		this.#source = source;
	}

	/** Up to the end of the group, or of the pattern. */
	alternatives(): Part {
		const all = [this.#sequence()];
		while (this.#source[this.#at] === "|") {
			this.#at++;
			all.push(this.#sequence());
		}
		if (all.length === 1) return all[0]!;
		const texts = all.flatMap((one) => ("texts" in one ? one.texts : []));
		if (texts.length <= MOST && all.every((one) => "texts" in one)) return { texts };
		const best = all.map((one) => longestSet(requiredIn(one)));
		return best.includes(undefined) ? ANYTHING : { required: [best.flatMap((set) => set!)] };
	}

	#sequence(): Part {
		const sets: (readonly string[])[] = [];
		let run: readonly string[] = [""];
		let isWhole = true;
		const cut = (next: readonly string[] = [""]) => {
			sets.push(...setOf(run));
			[run, isWhole] = [next, false];
		};
		while (this.#at < this.#source.length && !/[|)]/.test(this.#source[this.#at]!)) {
			const atom = this.#atom();
			if (atom === undefined) continue;
			const { isSome, isMany } = this.#repeats();
			if ("texts" in atom) {
				const texts = isSome ? atom.texts : isMany ? [""] : [...atom.texts, ""];
				const longer = joined(run, texts);
				if (longer === undefined) cut(texts);
				else run = longer;
				if (isMany) cut();
			} else {
				cut();
				if (isSome) sets.push(...atom.required);
			}
		}
		if (isWhole) return { texts: run };
		return { required: [...sets, ...setOf(run)] };
	}

	/** Undefined: it takes no room. */
	#atom(): Part | undefined {
		const character = this.#source[this.#at]!;
		if (character === "(") return this.#group();
		if (character === "[") {
			const [, not, members] = this.#take(CLASS)!;
			return not === "" && FEW.test(members!) ? texts(members!.replaceAll(/\\(.)/g, "$1")) : ANYTHING;
		}
		if (character === "\\") return this.#escape();
		this.#at++;
		if (character === "^" || character === "$") return undefined;
		return character === "." ? ANYTHING : texts(character);
	}

	#group(): Part | undefined {
		const [, assertion] = this.#take(GROUP)!;
		const inside = this.alternatives();
		this.#at++; // its end
		return assertion === undefined ? inside : undefined;
	}

	#escape(): Part | undefined {
		if (this.#take(ESCAPE)) return ANYTHING;
		const character = this.#source[this.#at + 1]!;
		this.#at += 2;
		return character === "b" || character === "B" ? undefined : texts(character);
	}

	/** Whether what stands before must be there, and whether it may be there more than once. */
	#repeats(): { isSome: boolean; isMany: boolean } {
		const found = "*+?{".includes(this.#source[this.#at] ?? " ") ? this.#take(QUANTIFIER) : null;
		if (!found) return { isSome: true, isMany: false };
		const isSome = found[1] === undefined ? found[0].startsWith("+") : Number(found[1]) > 0;
		return { isSome, isMany: !found[0].startsWith("?") };
	}

	#take(pattern: RegExp): RegExpExecArray | null {
		pattern.lastIndex = this.#at;
		const found = pattern.exec(this.#source);
		if (found) this.#at = pattern.lastIndex;
		return found;
	}
}

/** One of these characters, if they are of ASCII: others have capitals of many kinds. */
const texts = (characters: string): Part =>
	/^[ -~]*$/.test(characters) ? { texts: [...new Set(characters.toLowerCase())] } : ANYTHING;

/** The one that is hardest to find by chance: its shortest literal is the longest. */
const longestSet = (sets: Required): readonly string[] | undefined =>
	sets.toSorted((a, b) => shortestOf(b) - shortestOf(a))[0];

const shortestOf = (set: readonly string[]): number => Math.min(...set.map(({ length }) => length));
