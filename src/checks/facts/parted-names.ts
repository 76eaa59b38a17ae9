import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { envOf } from "./env.ts";
import { isGiven } from "./known-names.ts";
import { isEnvExample, standingOf } from "./standing.ts";

interface Place {
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

/** One thing with two names: one side requires the one, the settings of the same things have the other. */
export interface Parted {
	required: string;
	requiredAt: Place;
	set: string;
	setAt: Place;
}

/** Names that a reader and its settings must have in common before the one that they do not is told. */
const FEWEST = 4;

/**
 * Names of the environment that a program or script requires and that no settings of the tree have, where a template or a
 * block of settings has most of the program's names, and in this one's place the same with a word more or less.
 */
export function partedNames(tree: Tree): Parted[] {
	const all = envOf(tree).filter(({ how, comment, file }) => how === "sets" && !comment && isOfSettings(file));
	const blocks = [...Map.groupBy(all, ({ file, block }) => `${file.path}\n${block}`).values()].filter(
		(block) => block.length >= FEWEST,
	);
	if (blocks.length === 0) return [];
	const set = new Set(all.map(({ name }) => name));
	const readers = tree
		.in("python", "javascript", "shell")
		.filter((file) => standingOf(file.path) === "live" && file.has(ASKS));
	return readers.flatMap((file): Parted[] => {
		const needed = requiredIn(file).filter(({ name }) => !set.has(name) && !isGiven(name));
		if (needed.length === 0) return [];
		const own = namesIn(file);
		return needed.flatMap(({ name, line }): Parted[] => {
			const found = blocks.flatMap((block) => {
				const shared = block.filter((one) => own.has(one.name)).length;
				const others = block.filter((one) => !own.has(one.name) && isWider(one.name, name));
				return shared >= FEWEST && others.length === 1 ? others : [];
			});
			const [first] = found;
			return first === undefined || found.some((one) => one.name !== first.name) || areTogether(tree, name, first.name)
				? []
				: [
						{
							required: name,
							requiredAt: { file, line },
							set: first.name,
							setAt: { file: first.file, line: first.line },
						},
					];
		});
	});
}

/** What sets a program up, unlike a script that starts one for a test. */
const isOfSettings = ({ path, language }: SourceFile): boolean =>
	isEnvExample(path) || (standingOf(path) === "live" && /^(?:env|yaml|dockerfile|ini|toml|json)$/.test(language));

const NAME = "[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+";
const ASKS = /requir|must|need|:\?/i;
const CALLED = new RegExp(`\\b\\w*(?:requir|must|need)\\w*\\([^()"'\\n]*["'\`](${NAME})["'\`]`, "gi");
const INDEXED = new RegExp(`\\benviron\\[["'](${NAME})["']\\](?!\\s*=[^=])`, "g");
const DEMANDED = new RegExp(`\\$\\{(${NAME}):?\\?`, "g");
const LISTED = /^[ \t]*(?:readonly[ \t]+|declare[ \t]+-a[ \t]+)?\w*(?:requir|must|need)\w*=\(([^()]*)\)/gim;

/** The names without which the file fails, each once. */
function requiredIn(file: SourceFile): { name: string; line: number }[] {
	const shell = file.language === "shell";
	const said = (shell ? [DEMANDED] : [CALLED, INDEXED]).flatMap((pattern) =>
		file.matches(pattern).map(({ 1: name, index, 0: text }) => ({ name: name!, at: index + text.indexOf(name!) })),
	);
	const listed =
		shell && file.has(/\$\{!\w+/)
			? file.matches(LISTED).flatMap(({ 0: text, index }) =>
					[...text.matchAll(new RegExp(`(?<![\\w$])${NAME}(?![\\w=])`, "g"))].map(({ 0: name, index: at }) => ({
						name,
						at: index + at,
					})),
				)
			: [];
	const live = [...said, ...listed].filter(({ at, name }) => !isComment(file, at) && !isOwn(file, name));
	return [...new Map(live.map(({ name, at }) => [name, { name, line: file.lineAt(at) }])).values()];
}

/** A variable that the script gives a value itself. */
const isOwn = (file: SourceFile, name: string): boolean =>
	file.language === "shell" && new RegExp(`(?:^|[\\s;])${name}=|\\bread\\b[^\\n]*\\b${name}\\b`, "m").test(file.text);

const namesIn = (file: SourceFile): ReadonlySet<string> =>
	new Set(file.matches(new RegExp(`(?<![\\w])${NAME}(?!\\w)`, "g")).map(([name]) => name));

/** One has all words of the other in their order, and one more in between. */
function isWider(one: string, other: string): boolean {
	const [long, short] = [one.split("_"), other.split("_")].toSorted((a, b) => b.length - a.length) as [
		string[],
		string[],
	];
	return (
		short.length > 1 &&
		long.length === short.length + 1 &&
		long[0] === short[0] &&
		long.at(-1) === short.at(-1) &&
		long.some((_, at) => long.toSpliced(at, 1).join("_") === short.join("_"))
	);
}

/** Some file that runs has both: they are two things, or one is made of the other. A plan may tell of a new name. */
const areTogether = (tree: Tree, one: string, other: string): boolean =>
	tree.files.some(
		(file) =>
			!/^(?:docs|history)$/.test(standingOf(file.path)) &&
			file.includes(one) &&
			file.includes(other) &&
			[one, other].every((name) => new RegExp(`(?<!\\w)${name}(?!\\w)`).test(file.text)),
	);
