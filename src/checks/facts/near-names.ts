/** Last words that two people give to one thing. */
const KINDS: readonly ReadonlySet<string>[] = [
	new Set(["PATH", "FILE", "FILENAME", "DIR", "DIRECTORY", "FOLDER", "ROOT", "LOCATION"]),
	new Set(["URL", "URI", "ENDPOINT", "ADDRESS", "ADDR", "BASE", "ORIGIN", "SERVER"]),
	new Set(["SECONDS", "SECS", "SEC", "TIMEOUT", "DEADLINE"]),
	new Set(["COUNT", "NUM", "NUMBER", "SIZE", "LIMIT"]),
	new Set(["NAME", "ID"]),
];
/** A word that is there or left out at the end. */
const ENDS = new Set([
	"NAME",
	"PATH",
	"FILE",
	"DIR",
	"URL",
	"VALUE",
	"SECONDS",
	"SECS",
	"MS",
	"S",
	"DEFAULT",
	"COUNT",
	"NUM",
]);
const KINDS_OF_VALUE: readonly (readonly [string, RegExp])[] = [
	["url", /^[a-z][a-z0-9+.-]*:\/\//i],
	["path", /^(?:\.{0,2}|~)\//],
	["number", /^-?\d+(?:\.\d+)?$/],
	["boolean", /^(?:true|false|yes|no|on|off)$/i],
];

/** Whether two names of the environment may be meant for one thing: another last word, a word more, another order. */
export function areNear(a: string, b: string): boolean {
	const [one, two] = [a.split("_"), b.split("_")];
	if (a === b || Math.min(one.length, two.length) < 2) return false;
	if (one.length === two.length) {
		if (one.toSorted().join() === two.toSorted().join()) return true;
		const differ = one.flatMap((word, at) => (word === two[at] ? [] : [at]));
		const [at] = differ;
		return (
			differ.length === 1 &&
			at === one.length - 1 &&
			(isCut(one[at]!, two[at]!) || KINDS.some((kind) => kind.has(one[at]!) && kind.has(two[at]!)))
		);
	}
	const [short, long] = one.length < two.length ? [one, two] : [two, one];
	if (long.length !== short.length + 1) return false;
	return (ENDS.has(long.at(-1)!) && long.slice(0, -1).join() === short.join()) || long.slice(1).join() === short.join();
}

/** `PARALLEL` and `PARALLELISM`, `PASS` and `PASSWORD`: one begins the other, which is more than its plural. */
export function isCut(a: string, b: string): boolean {
	const [short, long] = a.length < b.length ? [a, b] : [b, a];
	return (
		short.length > 3 &&
		long.length > short.length + 1 &&
		long.startsWith(short) &&
		!/^(?:ED|ES|ER|\d+)$/.test(long.slice(short.length))
	);
}

/** What a value looks like; undefined where that says nothing. */
export const kindOfValue = (value: string | undefined): string | undefined =>
	value === undefined || value === ""
		? undefined
		: (KINDS_OF_VALUE.find(([, pattern]) => pattern.test(value))?.[0] ?? "text");

/** Edits of one letter, a swap of neighbours counting as one (optimal string alignment). */
export function distance(a: string, b: string): number {
	let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, at) => at)];
	for (let row = 1; row <= a.length; row++) {
		const now = [row];
		for (let column = 1; column <= b.length; column++) {
			const same = a[row - 1] === b[column - 1] ? 0 : 1;
			let best = Math.min(last[column]! + 1, now[column - 1]! + 1, last[column - 1]! + same);
			const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
			if (swapped) best = Math.min(best, before[column - 2]! + 1);
			now.push(best);
		}
		[before, last] = [last, now];
	}
	return last[b.length]!;
}
