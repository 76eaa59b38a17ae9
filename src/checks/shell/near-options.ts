import { distance } from "fastest-levenshtein";

/** Words that people take for each other at the end of an option. */
const SENSES = [
	/^(?:wait|delay|pause|interval|sleep|backoff|period|every)$/,
	/^(?:count|tries|attempts|times|max|num)$/,
	/^(?:dir|directory|folder|path)$/,
];

/**
 * The long option that was meant by a name without its dashes, of those that a program has; undefined: it is one, a
 * beginning of one, or like none.
 */
export function optionMeantBy(name: string, known: ReadonlySet<string>): string | undefined {
	const bare = name.replace(/^no-/, "");
	if ([...known].some((one) => one.startsWith(name) || one === bare || one === `no-${name}`)) return undefined;
	const singular = [name.replace(/ies$/, "y"), name.replace(/s$/, ""), `${name}s`, name.replace(/y$/, "ies")].find(
		(one) => known.has(one),
	);
	return (
		singular ??
		joinedAlike(name, known) ??
		[...known].find((one) => one.length > 4 && distance(one, name) === 1) ??
		sameSense(name, known)
	);
}

/** `timeout-keepalive` for `timeout-keep-alive`: the same letters, with other dashes. */
export const joinedAlike = (name: string, known: Iterable<string>): string | undefined =>
	[...known].find((one) => one !== name && one.replaceAll("-", "") === name.replaceAll("-", ""));

/** `--retry-wait` for `--retry-delay`: the same beginning, and a last word of the same sense. */
function sameSense(name: string, known: ReadonlySet<string>): string | undefined {
	const [, start, last] = /^(.+)-(\w+)$/.exec(name) ?? [];
	const sense = SENSES.find((one) => last !== undefined && one.test(last));
	return sense && [...known].find((one) => one.startsWith(`${start}-`) && sense.test(one.slice(start!.length + 1)));
}
