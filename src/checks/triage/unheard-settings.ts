import { childEnvOf } from "../facts/child-env.ts";
import { envOf } from "../facts/env.ts";
import type { EnvStatement } from "../facts/env-statement.ts";
import { editOf, placeIn, unique } from "../facts/found.ts";
import { isGiven, isReadOutside } from "../facts/known-names.ts";
import { mentionsOf } from "../facts/mentions.ts";
import { misspeltIn } from "../facts/misspelt.ts";
import { areNear, kindOfValue } from "../facts/near-names.ts";
import { builtServicesIn } from "../facts/outline-aliases.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS237",
	scope: "static",
	severity: "error",
	question: "Does a program that has a default read the very name that its image sets?",
	why: "The name that is set is read by nobody, and the program takes its default: another model, another folder, another server, without a word.",
	example: "`ENV LLM_MODEL_FILE=/models/a.gguf` and a script with `${LLM_MODEL_PATH:-/models/b.gguf}`: use one name.",
	run(tree) {
		const all = envOf(tree).filter(
			({ comment, file }) => !comment && (standingOf(file.path) === "live" || isEnvExample(file.path)),
		);
		const byName = Map.groupBy(all, ({ name }) => name);
		const { inCode, mayBeBuilt } = mentionsOf(tree);
		const told = new Set(misspeltIn(tree).map(({ set }) => set[0]!.name));
		const unread = [...byName].filter(
			([name, own]) =>
				!told.has(name) &&
				!isGiven(name) &&
				!mayBeBuilt(name) &&
				!inCode.has(name) &&
				own.every((one) => one.how === "sets") &&
				own.some((one) => isOurs(tree, one)),
		);
		const unset = [...byName].filter(
			([name, own]) => !isGiven(name) && own.every((one) => one.how === "reads" && one.defaulted),
		);
		return {
			looked: `${byName.size} names of the environment`,
			findings: [
				...forChildren(tree, unset),
				...unread.flatMap(([name, sets]) => {
					const near = unset.filter(([other, reads]) => areNear(name, other) && agree(sets, reads));
					const [only] = near;
					if (near.length !== 1 || unread.filter(([one]) => areNear(one, only![0])).length !== 1) return [];
					return [foundFor(name, sets, ...only!)];
				}),
			],
		};
	},
} satisfies StaticCheck;

/** A name that is given to processes alone and stands nowhere else, beside the one with its last word that nothing sets. */
function forChildren(tree: Tree, unset: readonly (readonly [string, readonly EnvStatement[]])[]): Found[] {
	const given = Map.groupBy(childEnvOf(tree), ({ name }) => name);
	const lastOf = (name: string): string => name.split("_").at(-1)!;
	return [...given].flatMap(([name, sets]) => {
		if (isReadOutside(name) || lastOf(name).length < 5 || timesIn(tree, name) !== sets.length) return [];
		const near = unset.filter(([other]) => lastOf(other) === lastOf(name));
		const [only] = near;
		const isSet = only === undefined || given.has(only[0]) || mentionsOf(tree).elsewhere.has(only[0]);
		return near.length !== 1 || isSet ? [] : [foundFor(name, sets, only[0], only[1])];
	});
}

/** How often a name stands in what is no document. */
const timesIn = (tree: Tree, name: string): number =>
	tree.files
		.filter(({ path, text }) => standingOf(path) !== "docs" && text.includes(name))
		.reduce((sum, { text }) => sum + (text.match(new RegExp(`(?<!\\w)${name}(?!\\w)`, "g"))?.length ?? 0), 0);

/** Set for a program of this tree. */
function isOurs(tree: Tree, { file, block }: EnvStatement): boolean {
	if (/^(?:dockerfile|env)$/.test(file.language)) return true;
	if (file.language === "ini") return block.startsWith("program:");
	return (
		file.language === "yaml" &&
		/^services\.[\w-]+$/.test(block) &&
		builtServicesIn(tree.file(file.path)!).has(block.slice("services.".length))
	);
}

/** What is set looks like the default: two paths, two addresses, two numbers. */
function agree(sets: readonly EnvStatement[], reads: readonly EnvStatement[]): boolean {
	const [a, b] = [sets, reads].map((all) => new Set(all.flatMap(({ value }) => kindOfValue(value) ?? [])));
	return [...a!].some((kind) => b!.has(kind));
}

function foundFor(name: string, sets: readonly EnvStatement[], other: string, reads: readonly EnvStatement[]): Found {
	const [first, ...more] = unique(reads);
	const value = sets.find((one) => one.value !== undefined)?.value;
	const isOtherValue = reads.some((one) => one.value !== undefined && one.value !== value);
	return {
		message: `${first!.file.path} reads ${other}, which nothing sets; what is set is ${name}, and nothing reads that`,
		evidence: [
			placeIn(first!.file, first!.line),
			...[...more, ...unique(sets)].slice(0, 5).map(({ file, line }) => placeIn(file, line)),
		],
		fix: {
			say: `read ${name} there, or set ${other}`,
			...(more.length === 0 ? editOf(first!.file, first!.line, other, name) : {}),
		},
		...(isOtherValue ? {} : { severity: "warning" as const }),
	};
}
