import type { Tree } from "../tree/tree.ts";
import { envOf, liveEnvOf } from "../facts/env.ts";
import type { EnvStatement } from "../facts/env-statement.ts";
import { editOf, listed, placeIn, unique } from "../facts/found.ts";
import { isGiven } from "../facts/known-names.ts";
import { mentionsOf } from "../facts/mentions.ts";
import { alikeIn, misspeltIn } from "../facts/misspelt.ts";
import { isCut } from "../facts/near-names.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** A tree says what it needs when this share of the names that it reads stands in a setting or a document, too. */
const SHARE = 0.6;
const FEWEST = 3;

export default {
	code: "TS431",
	scope: "static",
	severity: "warning",
	question: "Is every name of the environment that is read also set, defaulted or documented somewhere?",
	why: "Nobody who sets the system up can know of it: the program fails at start, or works with nothing in its place.",
	example:
		'`os.environ["STORE_BUCKET"]`, and no .env.example, compose file or document has `STORE_BUCKET`; add it there.',
	run(tree) {
		const reads = Map.groupBy(
			liveEnvOf(tree).filter(({ how }) => how === "reads"),
			({ name }) => name,
		);
		const bare = [...reads].filter(
			([name, all]) => !isGiven(name) && name.includes("_") && all.every(({ defaulted }) => !defaulted),
		);
		const looked = `${reads.size} names that are read`;
		if (bare.length === 0) return { looked, findings: [] };
		const known = knownNames(tree);
		const missing = bare.filter(([name]) => !known.has(name) && !known.has(name.toUpperCase()));
		const set = new Set(envOf(tree).flatMap(({ name, how, comment }) => (how === "sets" && !comment ? [name] : [])));
		const told = bare.length - missing.length;
		const disciplined = told >= FEWEST && told / bare.length >= SHARE;
		const misspelt = new Set(misspeltIn(tree).map(({ read }) => read[0]!.name));
		const alikeTo = alikeIn([...known].filter((name) => set.has(name) || !reads.has(name)));
		const findings = missing.flatMap(([name, all]) => {
			const needed = all.some((one) => one.needed);
			const inScripts = all.every(({ file }) => file.language === "shell");
			const alike = inScripts ? undefined : (alikeTo(name) ?? cutShort(name, set));
			const counts = disciplined || (needed && told > 0) || alike !== undefined;
			return misspelt.has(name) || !counts ? [] : [finding(name, unique(all), needed, alike)];
		});
		return { looked, findings };
	},
} satisfies StaticCheck;

/** The one name that is set and differs in a shorter or a longer form of the last word: PASS and PASSWORD. */
function cutShort(name: string, set: ReadonlySet<string>): string | undefined {
	const stem = name.slice(0, name.lastIndexOf("_") + 1);
	const others = [...set].filter(
		(one) => one.startsWith(stem) && isCut(one.slice(stem.length), name.slice(stem.length)),
	);
	return stem.length > 4 && others.length === 1 ? others[0] : undefined;
}

/** A key of a table: quoted, or bare in a script's object. */
const KEY = /["'`]([A-Z][A-Z0-9]*_[A-Z0-9_]+)["'`](?:\s*:|\]\s*=(?!=))|(?<=[{,\s])([A-Z][A-Z0-9]*_[A-Z0-9_]+)\s*:/g;

/** Set anywhere, or named outside of code: a setting, a document, a comment, a key of a table. */
function knownNames(tree: Tree): ReadonlySet<string> {
	const sets = envOf(tree).filter(({ how }) => how === "sets");
	const keys = tree
		.in("python", "javascript")
		.flatMap(({ text }) => [...text.matchAll(KEY)].map(({ 1: quoted, 2: bare }) => (quoted ?? bare)!));
	return new Set([...mentionsOf(tree).elsewhere, ...sets.map(({ name }) => name), ...keys]);
}

function finding(name: string, all: readonly EnvStatement[], needed: boolean, alike: string | undefined): Found {
	const [first, ...rest] = all;
	return {
		message: `${name} is read and set nowhere: no default, no setting, no example, no document has it${alike === undefined ? "" : `; ${alike}, which looks like it, is set or documented`}`,
		evidence: [placeIn(first!.file, first!.line), ...rest.map(({ file, line }) => placeIn(file, line))],
		fix: {
			say:
				alike === undefined
					? `set ${name} where the others are set, document it in .env.example, or give it a default in ${listed(all)}`
					: `write ${alike} for ${name} in ${listed(all)}`,
			...(alike === undefined ? {} : editOf(first!.file, first!.line, name, alike)),
		},
		severity: needed ? "warning" : "note",
	};
}
