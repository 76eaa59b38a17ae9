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
		const findings = [...sisters.values()].flatMap((own) =>
			own.flatMap((file) =>
				own.flatMap((other) => (other === file ? [] : beside(files.get(file)!, files.get(other)!))),
			),
		);
		const unique = new Map(findings.map((one) => [JSON.stringify(one.evidence[0]), one]));
		return { looked: `${files.size} files of settings`, findings: [...unique.values()] };
	},
} satisfies StaticCheck;

/** In the sister all values of one mapping are keys of another one; here one is none, and is nearly one. */
function beside(own: readonly Mapping[], sister: readonly Mapping[]): Found[] {
	return sister.flatMap((references) =>
		sister.flatMap((entries): Found[] => {
			const values = [...references.texts.values()];
			const refers =
				references !== entries &&
				references.texts.size === references.keys.size &&
				values.length > 0 &&
				values.every((value) => value.length > 3 && entries.keys.has(value));
			const here = refers ? own.find((one) => one.path[0] === references.path[0]) : undefined;
			const known = here && own.find((one) => one.path[0] === entries.path[0]);
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
		}),
	);
}

/** The key that the value begins, or that begins it, or that is a slip away. */
const nearTo = (value: string, keys: readonly string[]): string | undefined => {
	const cut = keys.filter(
		(key) => key.length > 3 && value.length > 3 && (key.startsWith(value) || value.startsWith(key)),
	);
	return cut.length === 1 ? cut[0] : nearest(value, keys, 2);
};
