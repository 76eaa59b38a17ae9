import { composeFiles } from "../facts/compose-files.ts";
import { envOf, liveEnvOf } from "../facts/env.ts";
import { statement, type EnvStatement } from "../facts/env-statement.ts";
import { editOf, listed, unique, weigh } from "../facts/found.ts";
import { isGiven } from "../facts/known-names.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const PROGRAMS = new Set(["python", "javascript", "shell", "powershell", "batch"]);
/** Every program has its own. */
const GENERIC =
	/^(?:DJANGO_SETTINGS_MODULE|LOG_LEVEL|LOG_FORMAT|BATCH_SIZE|MAX_RETRIES|TIMEOUT_SECONDS|API_URL|BASE_URL|APP_PORT|APP_NAME|OUTPUT_DIR|INPUT_DIR|DATA_DIR|LOG_DIR|WORK_DIR|BIN_DIR|ROOT_DIR|SCRIPT_DIR)$/;

export default {
	code: "TS435",
	scope: "static",
	severity: "warning",
	question: "Has every name of the environment one default, whichever program reads it?",
	why: "Where the name is not set, two programs of one system work with two values; which one is right depends on who starts.",
	example:
		'`os.getenv("TEMPORAL_ADDRESS", "10.0.0.5:7233")` here and `…"10.0.0.9:7233"` there; give both the same default.',
	run(tree) {
		const all = envOf(tree);
		const own = [
			...liveEnvOf(tree).filter((one) => PROGRAMS.has(one.file.language) && defaultOf(one) !== undefined),
			...composeDefaults(tree),
		];
		const names = Map.groupBy(own, ({ name }) => name);
		const findings = [...names].flatMap(([name, places]) => {
			if (isGiven(name) || !name.includes("_") || GENERIC.test(name)) return [];
			const values = new Set(places.map((one) => defaultOf(one)));
			return values.size < 2 || isApart(places) ? [] : [finding(name, unique(places), givenIn(all, name))];
		});
		return { looked: `${names.size} names with a default`, findings };
	},
} satisfies StaticCheck;

/** What a compose file and its programs must call by one name; addresses differ inside its network. */
const SHARED = /(?:^|_)(?:NAMESPACE|QUEUE|TASK_QUEUE|QUEUE_BASE|BUCKET|TOPIC|STREAM|TENANT)$/;

/** `${NAME:-default}` in compose files, of names that all programs must agree on. */
const composeDefaults = (tree: Tree): EnvStatement[] =>
	composeFiles(tree).flatMap(({ file }) =>
		isAside(file.path)
			? []
			: file
					.matches(/\$\{([A-Z][A-Z0-9_]+):?-([^${}]+)\}/g)
					.filter(({ 1: name, index }) => SHARED.test(name!) && !isCommented(file, index))
					.map(({ 1: name, 2: value, index }) =>
						statement({ name: name!, how: "reads", value: value!, file, line: file.lineAt(index) }),
					),
	);

const isCommented = ({ text }: SourceFile, index: number): boolean =>
	text.slice(text.lastIndexOf("\n", index) + 1, index).includes("#");

/** One file has several defaults for the name, each for a case of its own. */
const isApart = (places: readonly EnvStatement[]): boolean =>
	[...Map.groupBy(places, ({ file }) => file.path).values()].some(
		(own) => new Set(own.map((one) => defaultOf(one))).size > 1,
	);

/** In one form: loopback and booleans have several. Empty ones say nothing; a name set only when it is not yet set has one. */
function defaultOf(one: EnvStatement): string | undefined {
	const { how, value, file, line, name } = one;
	if (how === "sets" && !isSetIfAbsent(file.lines, line, name)) return undefined;
	return plainOf(value);
}

function plainOf(value: string | undefined): string | undefined {
	if (value === undefined || value === "") return undefined;
	const text = value
		.trim()
		.toLowerCase()
		.replace(/\/+$/, "")
		.replaceAll(/\b127\.0\.0\.1\b|\[::1\]|\b0\.0\.0\.0\b/g, "localhost");
	if (/^(?:0|false|no|off)$/.test(text)) return "false";
	if (/^(?:1|true|yes|on)$/.test(text)) return "true";
	return /^\d+\.0+$/.test(text) ? text.replace(/\.0+$/, "") : text;
}

function isSetIfAbsent(lines: readonly string[], line: number, name: string): boolean {
	const near = lines.slice(Math.max(0, line - 2), line).join(" ");
	return new RegExp(
		`(?:-not\\s+\\$\\{?env:|-z\\s+"?\\$\\{?|IsNullOr\\w+\\(\\s*\\$env:|not\\s+defined\\s+|setdefault\\(\\s*["'])${name}\\b`,
		"i",
	).test(near);
}

/** The values that settings and examples give the name: they tell which of two defaults is meant. */
const givenIn = (all: readonly EnvStatement[], name: string): readonly string[] =>
	all.flatMap((one) =>
		one.name === name && one.how === "sets" && !PROGRAMS.has(one.file.language) ? (plainOf(one.value) ?? []) : [],
	);

function finding(name: string, places: readonly EnvStatement[], given: readonly string[]): Found {
	const sides = places.map((one) => {
		const value = defaultOf(one)!;
		return { value, file: one.file, line: one.line, weight: given.includes(value) ? 2 : 1, one };
	});
	const { odd, wanted, evidence } = weigh(sides);
	const written = (value: string): string => sides.find((side) => side.value === value)!.one.value!;
	const values = [...new Set(sides.map(({ value }) => value))].map((value) => `"${written(value)}"`).join(" and ");
	const secret = /PASS|SECRET|TOKEN|KEY/.test(name);
	return {
		message: `${name} has ${secret ? "several defaults" : `the defaults ${values}`}`,
		evidence,
		fix: {
			say: `give ${name} in ${listed([odd])} the default of the others${secret ? "" : `: ${written(wanted)}`}`,
			...editOf(odd.file, odd.line, written(odd.value), written(wanted)),
		},
	};
}
