import { isIgnored } from "../claims/paths.ts";
import { claimsIn, type Claim } from "../claims/plan-claims.ts";
import { placeIn } from "../facts/found.ts";
import { mergedOutlineOf } from "../facts/outline-aliases.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS453",
	scope: "static",
	severity: "warning",
	question: "Is what the newest entries of PLAN.md say still true of the tree?",
	why: "A change that the plan calls done was lost in a merge, or never made; whoever reads it looks for the fault elsewhere.",
	example:
		'PLAN.md: `rg "clips-queue" src` finds nothing; src/api.py still has it. Make the change again, or add an entry that says otherwise.',
	run(tree) {
		const plans = tree.in("markdown").filter(({ path }) => /(?:^|\/)PLAN\.md$/i.test(path));
		const claims = plans.flatMap((file) => claimsIn(file).map((claim) => ({ file, claim })));
		const findings = claims.flatMap(({ file, claim }) => finding(tree, file, claim));
		return {
			looked: `${claims.length} claims of ${plans.length} plans`,
			// What an entry says twice is told once.
			findings: [...new Map(findings.toReversed().map((one) => [one.message, one])).values()].toReversed(),
		};
	},
} satisfies StaticCheck;

function finding(tree: Tree, plan: SourceFile, claim: Claim): Found[] {
	const said = placeIn(plan, claim.line);
	const entry = `the entry "${claim.title}" of ${plan.path}`;
	const [path] = claim.paths as readonly [string];
	if (claim.kind === "exists" || claim.kind === "absent") {
		const there = tree.has(path);
		if (there === (claim.kind === "exists") || isIgnored(tree, path)) return [];
		return [
			{
				message: there
					? `${entry} says that ${path} is gone, and it is there`
					: `${entry} names ${path}, and it is not there`,
				evidence: there && tree.file(path) ? [placeIn(tree.file(path)!, 1), said] : [said],
				fix: {
					say: there
						? `remove ${path}, or add an entry that says that it stays`
						: `make ${path} again, or add an entry that says what became of it`,
				},
			},
		];
	}
	const files = tree.files.filter(
		(file) =>
			file !== plan &&
			claim.paths.some(
				(one) => file.path === one.replace(/^\.\//, "") || file.path.startsWith(`${one.replace(/^\.\/|\/$/g, "")}/`),
			),
	);
	if (files.length === 0) return [];
	const hits = files.flatMap((file) => linesWith(file, claim));
	if (hits.length > 0 === (claim.kind === "found")) return hits.length > 0 ? lacking(files, claim, entry, said) : [];
	const texts = claim.texts.map((text) => JSON.stringify(text)).join(" or ");
	const [first, ...rest] = hits;
	const others = first ? [] : otherwise(files, claim).map(({ file, line }) => placeIn(file, line));
	return [
		{
			message: first
				? `${entry} says that ${texts} is nowhere in ${claim.paths.join(", ")}, and it is`
				: `${entry} says that ${texts} is in ${claim.paths.join(", ")}, and it is not`,
			evidence: first
				? [placeIn(first.file, first.line), ...rest.slice(0, 10).map((one) => placeIn(one.file, one.line)), said]
				: [others[0] ?? said, ...(others.length > 0 ? [said] : [])],
			fix: {
				say: first
					? `take it out of ${first.file.path}:${first.line}, or add an entry that says otherwise`
					: `make the change again, or add an entry that says what became of it`,
			},
		},
	];
}

/** The file has the setting, and a part of it that the entry names has not. */
function lacking(files: readonly SourceFile[], claim: Claim, entry: string, said: FilePlace): Found[] {
	const [text] = claim.texts as readonly [string];
	const parts = (claim.parts ?? []).map((name) => ({ name, lines: files.flatMap((file) => partOf(file, name)) }));
	// Where one name is no part of the file, the others may be something else, too.
	if (parts.some(({ lines }) => lines.length === 0)) return [];
	const has = (lines: readonly Line[]): boolean => lines.some((one) => asSetting(text).test(one.text));
	return parts
		.filter(({ lines }) => !has(lines))
		.map(({ name, lines: [first] }) => ({
			message: `${entry} says that ${JSON.stringify(text)} is in ${first!.file.path} for ${name}, and ${name} has it not`,
			evidence: [placeIn(first!.file, first!.line), said],
			fix: { say: `give ${name} ${text}, or add an entry that says what became of it` },
		}));
}

interface Line {
	text: string;
	file: SourceFile;
	line: number;
}

/** The lines of what has a name: a mapping of YAML with what it merges in, a section of INI. */
function partOf(file: SourceFile, name: string): Line[] {
	const at = (line: number): Line => ({ text: file.lines[line - 1]!, file, line });
	if (file.language === "yaml" && !file.has(/^\s*extends:/m)) {
		const own = mergedOutlineOf(file).filter(({ path }) => path.includes(name));
		return own.some(({ path }) => path.at(-1) !== name) ? own.map(({ line }) => at(line)) : [];
	}
	if (file.language !== "ini") return [];
	const start = file.lines.findIndex((line) => new RegExp(`^\\[(?:\\w+:)?${RegExp.escape(name)}\\]`).test(line));
	const end = file.lines.findIndex((line, index) => index > start && line.startsWith("["));
	return start === -1
		? []
		: file.lines.slice(start, end === -1 ? undefined : end).map((_, index) => at(start + 1 + index));
}

function linesWith(
	file: SourceFile,
	{ texts, ignoreCase, whole, setting }: Claim,
): { file: SourceFile; line: number }[] {
	if (setting) return texts.flatMap((text) => settingLines(file, text));
	const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
	const wanted = texts.map(fold);
	if (!wanted.some((text) => fold(file.text).includes(text))) return [];
	return file.lines.flatMap((line, index) =>
		wanted.some((text) => fold(line).includes(text) && (!whole || asWhole(text).test(line)))
			? [{ file, line: index + 1 }]
			: [],
	);
}

const linesMatching = (file: SourceFile, pattern: RegExp): { file: SourceFile; line: number }[] =>
	file.lines.flatMap((line, index) => (pattern.test(line) ? [{ file, line: index + 1 }] : []));

/** `timeout 300s` as `timeout: "300s"`, `timeout=300s`, `timeout 300s;`. */
const asSetting = (text: string): RegExp =>
	new RegExp(
		`(?<![\\w-])${text
			.split(/[\s=:"']+/)
			.filter((word) => word !== "")
			.map((word) => RegExp.escape(word))
			.join("[\\s=:\"',()]+")}(?![\\w-])`,
	);

/** `worker.slots: 1` of a file that has `slots: 1` below `worker:` is such a setting, too. */
function settingLines(file: SourceFile, text: string): { file: SourceFile; line: number }[] {
	const lines = linesMatching(file, asSetting(text));
	const [, above, own] = /^((?:[A-Za-z_][\w-]*\.)+)([A-Za-z_][\w-]*(?:[\s=:].*)?)$/.exec(text) ?? [];
	if (lines.length > 0 || own === undefined || !/^(?:yaml|json|toml|ini)$/.test(file.language)) return lines;
	const isThere = above!
		.slice(0, -1)
		.split(".")
		.every((key) => file.text.includes(key));
	return isThere ? linesMatching(file, asSetting(own)) : [];
}

/** The one line of the files that has the name of a setting, with another value. */
function otherwise(files: readonly SourceFile[], { texts, setting }: Claim): { file: SourceFile; line: number }[] {
	const [name, ...value] = texts[0]!.split(/[\s=:"']+/);
	if (!setting || value.length === 0) return [];
	const lines = files.flatMap((file) => settingLines(file, name!));
	return lines.length === 1 ? lines : [];
}

const asWhole = (text: string): RegExp => new RegExp(`(?<![\\w-])${RegExp.escape(text)}(?![\\w-])`);
