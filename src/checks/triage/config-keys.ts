import { distance } from "fastest-levenshtein";
import { mappingsOf, type Mapping } from "../facts/config-files.ts";
import { fieldGroupsOf, type FieldGroup } from "../facts/field-groups.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { once } from "../tree/once.ts";

export default {
	code: "TS440",
	scope: "static",
	severity: "error",
	question: "Does the program read every key of its files of settings by the name that stands there?",
	why: "The key is passed over in silence and the default holds: a limit, a disk or a path is another one than is written.",
	example: "`client_max_body: 512m`, and the program reads `client_max_body_size`; write that.",
	run(tree) {
		const mappings = mappingsOf(tree);
		const groups = mappings.length === 0 ? [] : fieldGroupsOf(tree);
		const readers = readersOf(groups);
		const findings = mappings.flatMap((one) => unread(tree, one, readers));
		return { looked: `${mappings.length} mappings of settings, ${groups.length} readers`, findings };
	},
} satisfies StaticCheck;

/** Keys that files of any purpose have. */
const GENERAL =
	/^(?:name|version|description|type|id|title|url|path|host|port|label|image|enabled|default|value|key|kind|status|tags|author|license|date|data|items|files)$/i;
/** What turns one form of a name into another. */
const CONVERTS =
	/\b(?:to_camel|camelize|camelCase|snakeCase|decamelize|humps|alias_generator|case_insensitive|KebabCase)\b/;

/** The groups that have a field, by its name. */
function readersOf(groups: readonly FieldGroup[]): ReadonlyMap<string, FieldGroup[]> {
	const readers = new Map<string, FieldGroup[]>();
	for (const group of groups)
		for (const field of group.fields.keys()) {
			const known = readers.get(field);
			if (known) known.push(group);
			else readers.set(field, [group]);
		}
	return readers;
}

function unread(tree: Tree, mapping: Mapping, readers: ReadonlyMap<string, readonly FieldGroup[]>): Found[] {
	const { file, keys, path } = mapping;
	const shared = Map.groupBy(
		[...keys.keys()].flatMap((key) => readers.get(key) ?? []),
		(group) => group,
	);
	const common = (group: FieldGroup): number => shared.get(group)?.length ?? 0;
	// Where no reader has most of the keys, none is looked for in all code.
	const near = keys.size < 2 ? [] : [...shared.keys()].filter((group) => common(group) >= (keys.size - 2) / 2);
	if (near.length === 0) return [];
	const strange = [...keys].filter(([key]) => /^[A-Za-z][\w-]{2,}$/.test(key) && !isInCode(tree, key));
	if (strange.length === 0 || strange.length > 2) return [];
	const related = (group: FieldGroup): boolean =>
		isNamed(group, mapping) || [...keys.keys()].some((key) => group.fields.has(key) && !GENERAL.test(key));
	const fit = near.filter((group) => {
		const least = group.closed && isNamed(group, mapping) ? 1 : 2;
		return common(group) >= least && common(group) + strange.length >= keys.size * 0.75;
	});
	const [best] = fit.toSorted((a, b) => Number(b.closed) - Number(a.closed) || common(b) - common(a));
	if (!best) return [];
	return strange.flatMap(([key, line]): Found[] => {
		const free = [...best.fields.keys()].filter((field) => !keys.has(field));
		const sure = best.closed && related(best);
		const near = free.filter((field) => isNear(key, field, sure));
		// All but one key fit: the one that is left over is that one, if it says something of the same.
		const rest = sure && isNamed(best, mapping) && keys.size > 2 && common(best) === keys.size - 1 ? free : [];
		const meant = near.length > 0 || rest.length !== 1 ? near : rest.filter((field) => sharesWord(key, field));
		if (meant.length !== 1 || CONVERTS.test(codeOf(tree))) return [];
		const [field] = meant;
		return [
			{
				message: `${file.path} has the key ${[...path.filter((one) => one !== "-"), key].join(".")}, which nothing reads: ${best.file.path} reads ${field!}`,
				evidence: [placeIn(file, line), placeIn(best.file, best.fields.get(field!)!)],
				fix: { say: `write ${field!} for ${key}`, ...editOf(file, line, key, field!) },
			},
		];
	});
}

/** `nginx:` and NginxConfig, `deploy.config.json` and DeployConfig. */
const isNamed = ({ name }: FieldGroup, { path, file }: Mapping): boolean =>
	[...path, ...file.path.split("/").at(-1)!.split(/[.-]/)].some(
		(one) => one.length > 3 && name.toLowerCase().startsWith(one.toLowerCase().replace(/s$/, "")),
	);

const bare = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, "");
const wordsIn = (name: string): string[] =>
	name
		.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
		.toLowerCase()
		.split(/[_-]/);

/** A letter or two, another form of the same words, or a word more or less. */
function isNear(key: string, field: string, closed: boolean): boolean {
	if (bare(key) === bare(field) || distance(bare(key), bare(field)) <= (Math.min(key.length, field.length) > 6 ? 2 : 1))
		return true;
	if (!closed) return false;
	const [a, b] = [wordsIn(key), wordsIn(field)];
	const [short, long] = a.length < b.length ? [a, b] : [b, a];
	const apart = long.filter((word) => !short.some((one) => one === word || same(one, word)));
	const lost = short.filter((word) => !long.some((one) => one === word || same(one, word)));
	return lost.length === 0 ? apart.length <= 1 : lost.length === 1 && apart.length === 1 && short.length > 1;
}

const sharesWord = (key: string, field: string): boolean =>
	wordsIn(key).some((word) => word.length > 2 && wordsIn(field).includes(word));

/** `max` and `maximum`, `timeout` and `timeouts`. */
const same = (a: string, b: string): boolean =>
	Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a));

const codeOf = once((tree: Tree): string => {
	const text = tree.files
		.filter(isCode)
		.map((one) => one.text)
		.join("\n");
	return text;
});

const askedOf = once<Tree, Map<string, boolean>>(() => new Map());

/** Whether any program of the tree, a test too, has the name as a word of its own; looked for once a name. */
function isInCode(tree: Tree, key: string): boolean {
	const asked = askedOf(tree);
	const known = asked.get(key);
	if (known !== undefined) return known;
	const text = codeOf(tree);
	const found = text.includes(key) && new RegExp(`(?<![\\w-])${RegExp.escape(key)}(?![\\w-])`).test(text);
	asked.set(key, found);
	return found;
}

const isCode = ({ path, language, text }: SourceFile): boolean =>
	(/^(?:python|javascript|powershell|shell|batch)$/.test(language) ||
		/\.(?:go|rs|java|kt|cs|rb|php|j2|tmpl|tpl)$/.test(path)) &&
	text.length < 400_000 &&
	standingOf(path) !== "vendored";
