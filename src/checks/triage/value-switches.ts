import { envOf } from "../facts/env.ts";
import { placeIn } from "../facts/found.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS458",
	scope: "static",
	severity: "error",
	question: "Do switches of the environment say on and off in words that their reader knows?",
	why: 'A switch that says `yes` to a reader of `true` is off in silence, and `bool("false")` is on.',
	example: "`PRELOAD=yes`, and the program compares with `true`: write true.",
	run(tree) {
		const files = tree
			.in("python", "javascript")
			.filter(({ path, text }) => standingOf(path) === "live" && !isAside(path) && text.length < 300_000);
		const switches = files.flatMap(switchesIn);
		const findings = switches.flatMap((one) => misread(tree, one));
		return {
			looked: `${switches.length} switches of the environment`,
			findings: [...new Map(findings.map((one) => [one.message, one])).values()],
		};
	},
} satisfies StaticCheck;

const NAME = "([A-Z][A-Z0-9_]{2,})";

interface Switch {
	name: string;
	/** What counts as on; undefined: whatever is not empty. */
	on: readonly string[] | undefined;
	folded: boolean;
	file: SourceFile;
	line: number;
}

const EQUALS = new RegExp(
	String.raw`(?:environ(?:\.get\(\s*|\[)|getenv\(\s*|process\.env(?:\.|\[))["'\`]?${NAME}["'\`]?(?:\s*,\s*["'][^"'\n]*["'])?\s*[)\]]?((?:\??\.\w+\(\))*)\s*(?:===?\s*["'\`](\w+)["'\`]|in\s*[({[]([^)}\]\n]*)[)}\]])`,
	"g",
);
const TRUTHY = new RegExp(
	String.raw`(?:\bbool\(\s*(?:os\.)?(?:environ(?:\.get\(\s*|\[)|getenv\(\s*)["']${NAME}["'][^()\n]*\)|\bBoolean\(\s*process\.env\.${NAME}\s*\)|!!\s*process\.env\.${NAME}\b)`,
	"g",
);

function switchesIn(file: SourceFile): Switch[] {
	if (!file.has(/environ|getenv|process\.env/)) return [];
	const compared = file.matches(EQUALS).flatMap(({ 1: name, 2: calls, 3: one, 4: many, index }): Switch[] => {
		const on = one === undefined ? [...many!.matchAll(/["'`](\w+)["'`]/g)].map(([, word]) => word!) : [one];
		const all = on.every((word) => ON.has(word.toLowerCase()));
		return !all || on.length === 0 || isComment(file, index)
			? []
			: [{ name: name!, on, folded: /lower|casefold|toLowerCase/.test(calls!), file, line: file.lineAt(index) }];
	});
	const truthy = file
		.matches(TRUTHY)
		.flatMap(({ 1: a, 2: b, 3: c, index }): Switch[] =>
			isComment(file, index)
				? []
				: [{ name: (a ?? b ?? c)!, on: undefined, folded: false, file, line: file.lineAt(index) }],
		);
	return [...compared, ...truthy];
}

const ON = new Set(["1", "true", "yes", "on", "y", "t", "enabled"]);
const OFF = new Set(["0", "false", "no", "off", "n", "f", "disabled"]);

function misread(tree: Tree, { name, on, folded, file, line }: Switch): Found[] {
	return envOf(tree).flatMap((said): Found[] => {
		const counts = standingOf(said.file.path) === "live" || isEnvExample(said.file.path);
		if (said.name !== name || said.how !== "sets" || said.comment || !counts || said.value === undefined) return [];
		const value = folded ? said.value.toLowerCase() : said.value;
		const wrong = on === undefined ? OFF.has(value.toLowerCase()) : ON.has(value.toLowerCase()) && !on.includes(value);
		if (!wrong) return [];
		return [
			{
				message:
					on === undefined
						? `${said.file.path} sets ${name} to ${said.value}, which ${file.path} takes for on, as it does every text`
						: `${said.file.path} sets ${name} to ${said.value}, and ${file.path} takes only ${on.join(", ")} for on`,
				evidence: [placeIn(said.file, said.line), placeIn(file, line)],
				fix: {
					say: on === undefined ? `leave ${name} empty, or compare it in ${file.path}` : `write ${name}=${on[0]!}`,
				},
			},
		];
	});
}
