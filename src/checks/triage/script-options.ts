import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { scriptCalls, type ScriptCall } from "../shell/script-calls.ts";
import { optionsOf, type Options } from "../shell/script-options.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS120",
	scope: "static",
	severity: "error",
	question: "Does a shell script know every option with which the tree starts it?",
	why: "A script that refuses what it does not know prints its usage and ends: the step, the recipe or the cron job fails each time.",
	example: "`roll.sh --tag v2` and its `case` has `--image)` and `*) usage`: write --image.",
	run(tree) {
		const known = new Map<SourceFile, Options | undefined>();
		const calls = scriptCalls(tree);
		const findings = calls.flatMap((call) => {
			if (!known.has(call.callee)) known.set(call.callee, optionsOf(call.callee));
			const options = known.get(call.callee);
			return options === undefined || call.file.language === "markdown" ? [] : unknown(call, options);
		});
		return { looked: `${calls.length} starts of shell scripts`, findings };
	},
} satisfies StaticCheck;

function unknown({ callee, words, file, place }: ScriptCall, options: Options): Found[] {
	const given = words.map(({ text }) => text);
	const end = given.indexOf("--");
	const findings: Found[] = [];
	for (const [index, text] of (end === -1 ? given : given.slice(0, end)).entries()) {
		const option = /^--?[A-Za-z][\w-]*=?/.exec(text)?.[0];
		const before = given[index - 1];
		if (option === undefined || isValue(before, options) || isKnown(option, text, options)) continue;
		const all = [...options.names.keys()];
		const bare = option.replace(/=$/, "");
		const meant = options.names.has(bare) ? undefined : nearest(bare, all, 3);
		findings.push({
			message: `${file.path} starts ${posix.basename(callee.path)} with ${option}, which it does not know`,
			evidence: [place, callee.placeAt(options.at)],
			fix: { say: sayOf(bare, meant, options, callee) },
		});
	}
	return findings.slice(0, 3);
}

function sayOf(bare: string, meant: string | undefined, { names, letters }: Options, callee: SourceFile): string {
	if (names.has(bare)) return `write ${bare} and its value as two words`;
	if (meant !== undefined) return `write ${meant}, or teach ${callee.path} the option ${bare}`;
	const all = names.size === 0 ? letters.split("").map((one) => `-${one}`) : [...names.keys()];
	return `write one that it knows: ${all.slice(0, 8).join(", ")}`;
}

/** The word belongs to the option before it. */
const isValue = (before: string | undefined, { names }: Options): boolean =>
	before !== undefined && names.get(before)?.takesValue === true;

function isKnown(option: string, text: string, { names, letters }: Options): boolean {
	if (letters !== "") return option.startsWith("--") ? false : letters.includes(text[1]!);
	if (names.has(option) || /^--?(?:h|help)$/.test(option)) return true;
	// `-xvf` may be three.
	return /^-[A-Za-z]{2,}$/.test(text) && [...names.keys()].some((name) => name === text.slice(0, 2));
}
