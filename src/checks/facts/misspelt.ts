import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { envOf } from "./env.ts";
import type { EnvStatement } from "./env-statement.ts";
import { isGiven } from "./known-names.ts";
import { mentionsOf } from "./mentions.ts";
import { distance } from "./near-names.ts";
import { standingOf } from "./standing.ts";

/** A name that is set and read nowhere, beside one that is read and looks alike. */
export interface Misspelt {
	set: readonly EnvStatement[];
	read: readonly EnvStatement[];
}

const COUNTS = new Set(["live", "example", "docs"]);

export const misspeltIn = once((tree: Tree): readonly Misspelt[] => {
	const statements = envOf(tree).filter(({ file }) => COUNTS.has(standingOf(file.path)));
	const { inCode, inPrograms, elsewhere, mayBeBuilt } = mentionsOf(tree);
	const own = new Set(statements.filter((one) => one.how === "sets" && isOwn(one)).map(({ name }) => name));
	const reads = Map.groupBy(
		statements.filter(
			({ how, comment, file, name }) =>
				how === "reads" && !comment && !name.endsWith("_") && !(file.language === "shell" && own.has(name)),
		),
		({ name }) => name,
	);
	const sets = Map.groupBy(
		statements.filter((one) => one.how === "sets" && !one.comment && isHandedOn(one)),
		({ name }) => name,
	);
	const unread = [...sets.keys()].filter(
		(name) => !inCode.has(name) && !reads.has(name) && !isGiven(name) && !mayBeBuilt(name),
	);
	const unset = [...reads].flatMap(([name, all]) =>
		sets.has(name) || isGiven(name) || own.has(name) || all.some(({ defaulted }) => defaulted) ? [] : [name],
	);
	const alike = alikeIn([...reads.keys()]);
	const prefixed = (name: string): string | undefined => {
		const others = [...reads.keys()].filter((one) => one.endsWith(`_${name}`) && !sets.has(one));
		return others.length === 1 && isInFamily(others[0]!, name, sets) ? others[0] : undefined;
	};
	const passed = new Set([...reads].flatMap(([name, all]) => (all.every(isPassedOn) ? [name] : [])));
	const unseen = new Set([...reads.keys()].filter((one) => !sets.has(one) && !own.has(one) && !elsewhere.has(one)));
	const halfRenamed = [...sets.keys()].flatMap((name): Misspelt[] => {
		const isRead = (inPrograms.has(name) || reads.has(name)) && !passed.has(name);
		if (isRead || isGiven(name) || mayBeBuilt(name)) return [];
		const others = [...unseen].filter((one) => isRenamed(sets.get(name)!, reads.get(one)!));
		return others.length === 1 ? [{ set: sets.get(name)!, read: reads.get(others[0]!)! }] : [];
	});
	const told = new Set(halfRenamed.map(({ set }) => set));
	const others = unread.flatMap((name): Misspelt[] => {
		const other = alike(name) ?? otherKindOf(name, unset, unread) ?? prefixed(name) ?? lackingBeside(name, reads, sets);
		const set = sets.get(name)!;
		return other === undefined || told.has(set) ? [] : [{ set, read: reads.get(other)! }];
	});
	return [...halfRenamed, ...others];
});

/** `NAME: ${NAME:-x}` in YAML: who gets it reads it. */
const isPassedOn = ({ name, file, line }: EnvStatement): boolean =>
	file.language === "yaml" &&
	new RegExp(`^\\s*(?:-\\s*)?["']?${name}["']?\\s*[:=]\\s*["']?\\$\\{${name}\\b`).test(file.lines[line - 1] ?? "");

/** Of the same thing, whose default says what it is: `X_COMPUTE_TYPE=float16` and `env.get("X_PRECISION", "float16")`. */
function isSameDefault(
	set: readonly EnvStatement[],
	read: readonly EnvStatement[],
	given: ReadonlySet<string>,
): boolean {
	const [a, b] = [set[0]!.name, read[0]!.name].map((name) => name.slice(0, name.indexOf("_") + 1));
	return a === b && read.every(({ value }) => value !== undefined && given.has(value) && isTelling(value));
}

const isTelling = (value: string): boolean =>
	/^[a-z][\w./:-]*\d[\w./:-]*$|^[a-z]+(?:[-_./][a-z]+)+$/i.test(value) && !/localhost|^\d|:\/\//.test(value);

/** One name has a word or two more at its end, and what is set is the default of what is read: `X_COMPUTE` and `X_COMPUTE_TYPE`. */
function isRenamed(set: readonly EnvStatement[], read: readonly EnvStatement[]): boolean {
	const [short, long] = [set[0]!.name, read[0]!.name].toSorted((a, b) => a.length - b.length);
	const given = new Set(set.flatMap(({ value }) => (value === undefined || value === "" ? [] : [value])));
	const rest = long!.startsWith(`${short!}_`) ? long!.slice(short!.length + 1) : "";
	if (!/^[A-Z]+(?:_[A-Z]+)?$/.test(rest) || short!.split("_").length < 3) return isSameDefault(set, read, given);
	return read.some(({ value }) => value !== undefined && value !== "" && given.has(value));
}

/** Last words that two people give to one thing. */
const KINDS: readonly ReadonlySet<string>[] = [
	new Set(["TOKEN", "PASSWORD", "PASS", "PASSWD", "PWD", "SECRET", "KEY"]),
	new Set(["URL", "URI", "ENDPOINT", "ADDRESS", "ADDR", "HOST"]),
	new Set(["DIR", "PATH", "FOLDER", "ROOT"]),
];

/** The one name that is read and set nowhere, and says the same of the same thing with another last word. */
function otherKindOf(name: string, unset: readonly string[], unread: readonly string[]): string | undefined {
	const [, stem, last] = /^([A-Z0-9_]+_)([A-Z]+)$/.exec(name) ?? [];
	const kind = KINDS.find((words) => words.has(last ?? ""));
	if (stem === undefined || !kind || stem.length < 5) return undefined;
	const alike = (one: string): boolean => one.startsWith(stem) && kind.has(one.slice(stem.length));
	const others = unset.filter(alike);
	return others.length === 1 && unread.filter(alike).length === 1 ? others[0] : undefined;
}

/** The same for a name that other places set: wherever the one is set, the other is not, and others of the family are. */
function lackingBeside(
	name: string,
	reads: ReadonlyMap<string, readonly EnvStatement[]>,
	sets: ReadonlyMap<string, readonly EnvStatement[]>,
): string | undefined {
	const places = sets.get(name)!;
	const here = [...sets].filter(([, all]) => all.some((one) => places.some((place) => isBeside(one, place))));
	const near = new Set(here.map(([other]) => other));
	const family = name.slice(0, name.indexOf("_") + 1);
	const known = here.filter(([other]) => other !== name && reads.has(other));
	const own = known.filter(([other]) => other.startsWith(family)).length;
	// A file of settings of one program: whoever reads most of it reads this, too.
	const isOfProgram = places.every(({ file }) => file.language === "env") && known.length > 3;
	const isFamily = own > (isOfProgram ? 0 : 1);
	const lacking = [...reads.keys()].filter((one) => sets.has(one) && !near.has(one));
	return isFamily ? otherKindOf(name, lacking, [name]) : undefined;
}

const isBeside = (a: EnvStatement, b: EnvStatement): boolean => a.file === b.file && a.block === b.block;

/** Where the name is set, others with the prefix are set too: it alone lacks it. */
const isInFamily = (right: string, name: string, sets: ReadonlyMap<string, readonly EnvStatement[]>): boolean =>
	sets
		.get(name)!
		.every(({ file, block }) =>
			[...sets].some(
				([other, all]) =>
					other.startsWith(right.slice(0, -name.length)) && all.some((one) => one.file === file && one.block === block),
			),
		);

/** A script's own variable, which a script that it sources may read. */
const isOwn = (one: EnvStatement): boolean => one.file.language === "shell" && !isHandedOn(one);

/** A script's own variable goes nowhere. */
const isHandedOn = ({ name, file, line }: EnvStatement): boolean =>
	/[A-Z]_+[A-Z]/.test(name) &&
	!name.endsWith("_") &&
	(file.language !== "shell" || /\bexport\b|declare -x|(?:^|\s)(?:-e|--env)[ =]/.test(file.lines[line - 1] ?? ""));

const SHORTEST = 8;

/** Whether one is a misspelling of the other: a letter more, less, other or out of order; an underscore; never a number. */
export function looksLike(a: string, b: string): boolean {
	if (a === b || Math.min(a.length, b.length) < SHORTEST || Math.abs(a.length - b.length) > 2) return false;
	const [bareA, bareB] = [a.replaceAll("_", ""), b.replaceAll("_", "")];
	if (bareA === bareB) return true;
	if (a.replaceAll(/\d/g, "") === b.replaceAll(/\d/g, "")) return false;
	const [wordsA, wordsB] = [a.split("_"), b.split("_")];
	if (wordsA.length !== wordsB.length) return distance(a, b) === 1 && wordsA.every((word) => word.length > 1);
	const differ = wordsA.flatMap((word, at) => (word === wordsB[at] ? [] : [[word, wordsB[at]!] as const]));
	if (differ.length !== 1) return false;
	const [[one, two]] = differ as [readonly [string, string]];
	const longest = Math.max(one.length, two.length);
	if (/^UR[IL]$/.test(one) && /^UR[IL]$/.test(two)) return true;
	if (longest < 4 || one[0] !== two[0] || OPPOSITES.has([one, two].toSorted().join(" "))) return false;
	return distance(one, two) <= (longest >= 6 ? 2 : 1);
}

/** How many names that share all words but one are compared. */
const MOST_ALIKE = 50;

/** Finds the first of the names that another one looks like; only those are compared that share all words but one. */
export function alikeIn(names: readonly string[]): (name: string) => string | undefined {
	const byKey = new Map<string, string[]>();
	for (const name of names)
		for (const key of keysOf(name)) {
			const own = byKey.get(key);
			if (own === undefined) byKey.set(key, [name]);
			else if (own.length < MOST_ALIKE) own.push(name);
		}
	return (name) =>
		keysOf(name)
			.flatMap((key) => byKey.get(key) ?? [])
			.find((one) => looksLike(name, one));
}

/** Without underscores, and with each word left out. */
const keysOf = (name: string): string[] => {
	const words = name.split("_");
	return [name.replaceAll("_", ""), ...words.map((_, at) => words.with(at, "*").join("_"))];
};

const OPPOSITES = new Set([
	"MAX MIN",
	"HOST HOSTS POST",
	"IMPORT IMPORTS",
	"CLIENT CLIENTS",
	"READ READY",
	"FORM FROM",
	"PORT PORTS",
]);
