import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { EnvStatement } from "./env-statement.ts";
import { envOf } from "./env.ts";
import { isGiven } from "./known-names.ts";
import { isEnvExample, standingOf } from "./standing.ts";
import { writtenEnvs, type WrittenEnv } from "./written-env.ts";

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
 * Names of the environment that a program or script requires, where settings have most of the program's names, and in this
 * one's place another that nothing reads: the same with a word more or less, which no settings have; or in what a script
 * writes out for the program, the only other one of its family.
 */
export function partedNames(tree: Tree): Parted[] {
	const all = envOf(tree).filter(({ how, comment, file }) => how === "sets" && !comment && isOfSettings(file));
	const blocks = [...Map.groupBy(all, ({ file, block }) => `${file.path}\n${block}`).values()].filter(
		(block) => block.length >= FEWEST,
	);
	const written = [...writtenEnvs(tree), ...blocks.flatMap(wholeOf)];
	if (blocks.length === 0 && written.length === 0) return [];
	const set = new Set(all.map(({ name }) => name));
	const readers = tree
		.in("python", "javascript", "shell")
		.filter((file) => standingOf(file.path) === "live" && file.has(ASKS));
	return readers.flatMap((file): Parted[] => {
		const required = requiredIn(file).filter(({ name }) => !isGiven(name));
		if (required.length === 0) return [];
		const own = namesIn(file);
		return [
			...required.flatMap(({ name, line }) => (set.has(name) ? [] : widerIn(tree, { name, file, line }, blocks, own))),
			...written.flatMap((one) => inPlace(tree, one, written, file, required, own)),
		];
	});
}

/** All that a service of compose is given by name. */
function wholeOf(block: readonly EnvStatement[]): WrittenEnv[] {
	const { file, block: name } = block[0]!;
	const isWhole = file.language === "yaml" && /^services\.[\w-]+$/.test(name) && !file.has(/env_file|extends:|<<:/);
	return isWhole ? [{ file, names: new Map(block.map((one) => [one.name, one.line])) }] : [];
}

type Wanted = Place & { name: string };

function widerIn(
	tree: Tree,
	{ name, file, line }: Wanted,
	blocks: readonly (readonly EnvStatement[])[],
	own: ReadonlySet<string>,
): Parted[] {
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
}

/** The one required name of a family that a script does not write, and the one that it writes and nothing reads. */
function inPlace(
	tree: Tree,
	{ file, names }: WrittenEnv,
	written: readonly WrittenEnv[],
	reader: SourceFile,
	required: readonly { name: string; line: number }[],
	own: ReadonlySet<string>,
): Parted[] {
	if (file === reader || [...names.keys()].filter((name) => own.has(name)).length < FEWEST) return [];
	const family = (name: string): string => name.slice(0, name.indexOf("_"));
	const lacking = Map.groupBy(
		required.filter(({ name }) => !names.has(name) && !comesAnotherWay(tree, name, written)),
		({ name }) => family(name),
	);
	return [...lacking].flatMap(([word, [wanted, ...more]]): Parted[] => {
		const idle = [...names].filter(([name]) => family(name) === word && !own.has(name) && !isRead(tree, name));
		const [other] = idle;
		return wanted === undefined || more.length > 0 || other === undefined || idle.length > 1
			? []
			: [
					{
						required: wanted.name,
						requiredAt: { file: reader, line: wanted.line },
						set: other[0],
						setAt: { file, line: other[1] },
					},
				];
	});
}

/** The image, its supervisor or a script of it gives the program its value, other than by a text that it writes. */
const comesAnotherWay = (tree: Tree, name: string, written: readonly WrittenEnv[]): boolean =>
	envOf(tree).some(
		(one) =>
			one.name === name &&
			one.how === "sets" &&
			!one.comment &&
			/^(?:dockerfile|ini|shell|powershell)$/.test(one.file.language) &&
			standingOf(one.file.path) === "live" &&
			!written.some(({ file, names }) => file === one.file && names.get(name) === one.line),
	);

/** Some code names it without giving it a value. */
const isRead = (tree: Tree, name: string): boolean => {
	const read = new RegExp(`(?<!\\w)${name}(?!\\w|=|:\\s)`);
	return tree.files.some(
		(file) => !/^(?:docs|history)$/.test(standingOf(file.path)) && file.includes(name) && read.test(file.text),
	);
};

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
