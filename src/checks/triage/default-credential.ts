import { stageOf } from "../facts/addresses.ts";
import { envOf } from "../facts/env.ts";
import { placeIn } from "../facts/found.ts";
import { isEnvExample, isTranslation, standingOf } from "../facts/standing.ts";
import { COMMON, inUrls, literalsIn } from "../secrets/literals.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS472",
	scope: "static",
	severity: "warning",
	question: "Is no credential one that everybody knows?",
	why: "What a program ships with, or what is tried first, keeps nobody out; a default in code works as soon as the setting is forgotten.",
	example:
		'A default `minioadmin` behind `os.getenv("MINIO_SECRET_KEY")`; give a secret no default, and fail where it is missing.',
	run(tree) {
		const files = tree.files.filter((file) => counts(file) && file.text.length < 400_000);
		const findings = files.flatMap(findingsIn);
		return { looked: `${files.length} files`, findings: [...findings, ...overBlanks(tree, files)] };
	},
} satisfies StaticCheck;

/** Settings and code that run. A test, CI and a developer's stage make servers of their own and throw them away. */
const counts = ({ path, language }: SourceFile): boolean =>
	(standingOf(path) === "live" && language !== "text" && !isTranslation(path)) || isEnvExample(path);

/** A template of the environment asks for the secret, and the program has a value of its own where it is forgotten. */
function overBlanks(tree: Tree, files: readonly SourceFile[]): Found[] {
	const defaults = files.flatMap((file) =>
		isEnvExample(file.path) || OWN_STAGE.test(stageOf(file))
			? []
			: literalsIn(file).flatMap(({ name, value, line, isDefault }) =>
					isDefault === undefined ||
					COMMON.has(value.toLowerCase()) ||
					isComment(file, file.startOf(line) + indentOf(file, line))
						? []
						: [{ name, file, line }],
				),
	);
	if (defaults.length === 0) return [];
	const blank = envOf(tree).filter(
		({ how, value, comment, file }) => how === "sets" && value === "" && !comment && isEnvExample(file.path),
	);
	return [...Map.groupBy(defaults, ({ name, file }) => `${name} ${file.path}`).values()].flatMap((all): Found[] => {
		const [{ name, file, line }] = all as [(typeof all)[number]];
		const asked = blank.find((one) => one.name === name);
		if (asked === undefined) return [];
		return [
			{
				message: `${file.path} has a value of its own for ${name}, which ${asked.file.path} leaves to be filled in: whoever forgets it gets one that everybody can read`,
				evidence: [
					placeIn(file, line),
					...all.slice(1).map((one) => placeIn(file, one.line)),
					placeIn(asked.file, asked.line),
				],
				fix: { say: `fail where ${name} is missing: \${${name}:?} in compose and shell, no default in code` },
			},
		];
	});
}

const OWN_STAGE = /^(?:dev|develop|development|local|test|testing|ci|smoke|qa)$/;

const indentOf = ({ lines }: SourceFile, line: number): number => lines[line - 1]?.search(/\S/) ?? 0;

function findingsIn(file: SourceFile): Found[] {
	if (OWN_STAGE.test(stageOf(file))) return [];
	const named = literalsIn(file).filter(
		({ value, line }) => COMMON.has(value.toLowerCase()) && !isTableOfRoles(file, value, line),
	);
	const urls = inUrls(file)
		.filter(({ value }) => COMMON.has(value.toLowerCase()))
		.map(({ user, line }) => ({ name: `the user ${user} in a URL`, line }));
	const lines = new Map([...named, ...urls].map(({ name, line }) => [line, name]));
	return [...lines].flatMap(([line, name]): Found[] => {
		if (isComment(file, file.startOf(line) + indentOf(file, line))) return [];
		return [
			{
				message: `the credential of ${name} in ${file.path} is one that everybody knows`,
				evidence: [placeIn(file, line)],
				fix: {
					say: `remove the value from ${file.path}:${line}: read it from the environment and fail where it is missing`,
				},
				severity: isEnvExample(file.path) ? "note" : "warning",
			},
		];
	});
}

/** `{ DB_USER: "user", DB_PASSWORD: "password" }` in code says what each name is for; so does a member of an enumeration. */
const isTableOfRoles = ({ language, lines }: SourceFile, value: string, line: number): boolean =>
	(language === "javascript" || language === "python") &&
	/^(?:user|username|name|password|passwd|secret|key|token)$/i.test(value) &&
	new RegExp(`[\\w"']\\s*:\\s*["']${value}["']|^[ \\t]+${value.toUpperCase()}\\s*=\\s*["']${value}["']`).test(
		lines[line - 1] ?? "",
	);
