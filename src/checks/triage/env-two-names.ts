import { envOf } from "../facts/env.ts";
import type { EnvStatement } from "../facts/env-statement.ts";
import { placeIn } from "../facts/found.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Names that programs take for one and the same secret. */
const FAMILIES: readonly (readonly [string, RegExp])[] = [
	[
		"the store's key id",
		/^(?:AWS|S3|MINIO|R2|B2|OSS|STORE|STORAGE|OBJECT_STORE)_(?:ACCESS_KEY(?:_ID)?|KEY_ID|ROOT_USER)$/,
	],
	[
		"the store's secret",
		/^(?:AWS|S3|MINIO|R2|B2|OSS|STORE|STORAGE|OBJECT_STORE)_(?:SECRET_KEY|SECRET_ACCESS_KEY|SECRET|ROOT_PASSWORD)$/,
	],
	["GitHub's token", /^(?:GH|GITHUB)_(?:TOKEN|PAT|ACCESS_TOKEN)$/],
	[
		"Hugging Face's token",
		/^(?:HF|HUGGINGFACE|HUGGING_FACE|HUGGINGFACE_HUB|HUGGING_FACE_HUB)_(?:TOKEN|API_TOKEN|API_KEY)$/,
	],
	["Vast's key", /^VAST(?:_?AI)?_(?:API_)?KEY$/],
	["OpenAI's key", /^OPENAI_(?:API_)?(?:KEY|TOKEN)$/],
	["the database's password", /^(?:POSTGRES|PG|DB|DATABASE|MYSQL)_?PASS(?:WORD|WD)?$/],
];

export default {
	code: "TS434",
	scope: "static",
	severity: "warning",
	question: "Has every secret one name of the environment?",
	why: "Programs and libraries look for the names in different orders: which value wins depends on the code path.",
	example:
		"`MINIO_SECRET_KEY=…` and `AWS_SECRET_ACCESS_KEY=…` side by side with two values; keep one, or derive one from the other.",
	run(tree) {
		const sets = envOf(tree).filter(({ how, comment, file }) => how === "sets" && !comment && counts(file.path));
		const blocks = Map.groupBy(sets, ({ file, block }) => `${file.path}\n${block}`);
		const findings = [...blocks.values()].flatMap((block) =>
			FAMILIES.flatMap(([what, pattern]) =>
				finding(
					what,
					block.filter(({ name }) => pattern.test(name)),
				),
			),
		);
		return { looked: `${blocks.size} blocks of the environment`, findings };
	},
} satisfies StaticCheck;

const counts = (path: string): boolean => standingOf(path) === "live" || isEnvExample(path);

/** Nothing where one is made from the other, or both are the same, or the server's own names stand beside the client's. */
function finding(what: string, all: readonly EnvStatement[]): Found[] {
	const names = [...new Set(all.map(({ name }) => name))].filter((name) => !/_ROOT_/.test(name));
	const own = names.map((name) => all.find((one) => one.name === name)!);
	const [first, second, ...rest] = own;
	if (!first || !second) return [];
	const derived = own.some(({ file, line, name }) =>
		names.some((other) => other !== name && mentionsAsValue(file.lines[line - 1]!, other, name)),
	);
	const same = own.every(({ value }) => value === first.value && value !== undefined && value !== "");
	if (derived || same || sharesSource(own)) return [];
	return [
		{
			message: `${names.join(" and ")} are set side by side for ${what}, each with its own value`,
			evidence: [
				placeIn(second.file, second.line),
				placeIn(first.file, first.line),
				...rest.map(({ file, line }) => placeIn(file, line)),
			],
			fix: {
				say: `keep the one that the code reads and remove the other, or write ${second.name} as the value of ${first.name}`,
			},
		},
	];
}

const mentionsAsValue = (text: string, other: string, name: string): boolean =>
	new RegExp(`\\b${name}["']?\\s*[=:].*\\b(?:ENV_|env\\.|secrets\\.)?${other}\\b(?!["']?\\s*[=:])`).test(text);

/** `A: ${{ secrets.KEY }}` and `B: ${{ secrets.KEY }}`. */
function sharesSource(own: readonly EnvStatement[]): boolean {
	const sources = own.map(
		({ file, line, name }) =>
			new RegExp(`\\b${name}["']?\\s*[=:]\\s*["']?([^\\s"',]*(?:\\{\\{[^}]*\\}\\})?)`).exec(
				file.lines[line - 1]!,
			)?.[1] ?? "",
	);
	return sources[0] !== "" && sources.every((source) => source === sources[0]);
}
