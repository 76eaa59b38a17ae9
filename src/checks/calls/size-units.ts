import { wordsOf } from "./words.ts";

/** Powers of a thousand. */
const UNITS: ReadonlyMap<string, number> = new Map([
	...["bytes", "byte"].map((one): [string, number] => [one, 0]),
	...["kb", "kib", "kilobytes"].map((one): [string, number] => [one, 1]),
	...["mb", "mib", "megabytes"].map((one): [string, number] => [one, 2]),
	...["gb", "gib", "gigabytes"].map((one): [string, number] => [one, 3]),
	...["tb", "tib", "terabytes"].map((one): [string, number] => [one, 4]),
]);
/** Of a unit, how people write it. */
export const SIGNS = ["bytes", "kB", "MB", "GB", "TB"];

/** The unit that a name ends in, as a power of a thousand: 3 for `min_free_gb`; a rate (`mb_per_s`) is none. */
export function unitOf(name: string): number | undefined {
	const words = wordsOf(name);
	return words.length < 2 ? undefined : UNITS.get(words.at(-1)!.toLowerCase());
}

/** Characters; nobody writes a longer line. */
const LONGEST = 400;

/** Whether a line may have a name that ends in a unit: a quick look before a slow one. */
export const mayNameUnit = (line: string): boolean =>
	line.length <= LONGEST && /[a-z\d]_?(?:[kmgt]i?b|bytes?)\b/i.test(line);
