import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { mappingsOf, type Mapping } from "../facts/config-files.ts";
import { editOf, placeIn } from "../facts/found.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS523",
	scope: "static",
	severity: "error",
	question: "Does a file of settings name only entries that it has, where its sister does?",
	why: "A server or a profile was renamed in one place of the file and not in the other: what is made of it points to nothing.",
	example: "`routes: { events: dispatcher }`, and `servers` has `dispatch`, as in config/dev.yaml: write dispatch.",
	run(tree) {
		const files = Map.groupBy(
			mappingsOf(tree).filter(({ path }) => path.length === 1 && path[0] !== "-"),
			({ file }) => file,
		);
		const sisters = Map.groupBy([...files.keys()], ({ path }) => `${posix.dirname(path)} ${posix.extname(path)}`);
		const findings = [...sisters.values()].flatMap((own) => {
			const pairs = own
				.map((file) => ({ file, pairs: pairsIn(files.get(file)!) }))
				.filter((one) => one.pairs.length > 0);
			return own.flatMap((file) => {
				const byName = firstByName(files.get(file)!);
				return pairs.flatMap((other) => (other.file === file ? [] : beside(byName, other.pairs)));
			});
		});
		const unique = new Map(findings.map((one) => [JSON.stringify(one.evidence[0]), one]));
		return { looked: `${files.size} files of settings`, findings: [...unique.values()] };
	},
} satisfies StaticCheck;

interface Pair {
	references: Mapping;
	entries: Mapping;
}

/** All values of the one mapping are keys of the other one. */
function pairsIn(mappings: readonly Mapping[]): Pair[] {
	const byKey = new Map<string, Mapping[]>();
	for (const one of mappings)
		for (const key of one.keys.keys()) {
			const known = byKey.get(key);
			if (known) known.push(one);
			else byKey.set(key, [one]);
		}
	return mappings.flatMap((references) => {
		const values = [...references.texts.values()];
		if (values.length < references.keys.size || !values.every((value) => value.length > 3)) return [];
		const having = byKey.get(values[0]!) ?? [];
		return having
			.filter((entries) => entries !== references && values.every((value) => entries.keys.has(value)))
			.map((entries) => ({ references, entries }));
	});
}

const firstByName = (mappings: readonly Mapping[]): ReadonlyMap<string, Mapping> =>
	new Map(mappings.toReversed().map((one) => [one.path[0]!, one]));

/** In the sister all values of one mapping are keys of another one; here one is none, and is nearly one. */
function beside(own: ReadonlyMap<string, Mapping>, sister: readonly Pair[]): Found[] {
	return sister.flatMap(({ references, entries }) => {
		const [here, known] = [own.get(references.path[0]!), own.get(entries.path[0]!)];
		if (here === undefined || known === undefined) return [];
		return [...here.texts].flatMap(([key, value]): Found[] => {
			const meant = known.keys.has(value) ? undefined : nearTo(value, [...known.keys.keys()]);
			if (meant === undefined) return [];
			const line = here.keys.get(key)!;
			const name = [here.path[0], key].join(".");
			return [
				{
					message: `${here.file.path}: ${name} is ${value}, and ${known.path[0]!} has ${[...known.keys.keys()].join(", ")}`,
					evidence: [
						placeIn(here.file, line),
						placeIn(here.file, known.keys.get(meant)!),
						placeIn(references.file, [...references.keys.values()][0]!),
					],
					fix: { say: `write ${meant}`, ...editOf(here.file, line, value, meant) },
				},
			];
		});
	});
}

/** The key that the value begins, or that begins it, or that is a slip away. */
const nearTo = (value: string, keys: readonly string[]): string | undefined => {
	const cut = keys.filter(
		(key) => key.length > 3 && value.length > 3 && (key.startsWith(value) || value.startsWith(key)),
	);
	return cut.length === 1 ? cut[0] : nearest(value, keys, 2);
};
