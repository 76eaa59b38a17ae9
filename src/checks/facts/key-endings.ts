import { once } from "../tree/once.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { textNamed } from "./named-texts.ts";
import { standingOf } from "./standing.ts";

interface Placed {
	file: SourceFile;
	at: number;
}

/** Names of objects or files that are picked by their beginning and their end, of which nothing is made. */
export interface LostEnding extends Placed {
	prefix: string;
	/** `/notes.json` */
	ending: string;
	made: readonly (Placed & { shape: string })[];
}

const BEGINS = String.raw`\.starts_?[wW]ith\(\s*((?:[\w$]+\.)*[\w$]+|["'][^"'\n]+["'])\s*\)`;
const ENDS = String.raw`\.ends_?[wW]ith\(\s*["'](\/[\w-]+(?:\.[\w-]+)+)["']\s*\)`;
const OWNER = String.raw`(?<![\w$.])([A-Za-z_$][\w$]*(?:\.[\w$]+)*)`;
const BETWEEN = String.raw`\s*(?:and|&&)\s*`;
/** `key.startswith(PREFIX) and key.endswith("/notes.json")`, in either order. */
const PICKED = new RegExp(`${OWNER}${BEGINS}${BETWEEN}\\1${ENDS}|${OWNER}${ENDS}${BETWEEN}\\4${BEGINS}`, "g");
/** What is put together, as `f"{PREFIX}{job}/notes.json"`. */
const MADE = /\bf(["'])((?:(?!\1)[^\s{}]|\{[^{}\n]{0,80}\}){2,200})\1|`((?:[^`\s$]|\$\{[^{}`\n]{0,80}\}){2,200})`/g;

export const lostEndings = once((tree: Tree): readonly LostEnding[] => {
	const files = tree
		.in("python", "javascript")
		.filter((file) => standingOf(file.path) === "live" && !isTest(file.path) && !isAside(file.path));
	const picked = files.flatMap((file) => (file.has(/\.ends_?[wW]ith\(/) ? pickedIn(tree, file) : []));
	return picked.flatMap((one): LostEnding[] => {
		const made = files.flatMap((file) => madeIn(tree, file)).filter(({ shape }) => shape.startsWith(one.prefix));
		const name = one.ending.slice(1);
		const isOpen = made.some(({ shape }) => shape.endsWith("*") || shape.endsWith("/") || shape.endsWith(one.ending));
		const isNamed = files.some((file) => file !== one.file && file.includes(name));
		return made.length === 0 || isOpen || isNamed ? [] : [{ ...one, made }];
	});
});

function pickedIn(tree: Tree, file: SourceFile): (Placed & { prefix: string; ending: string })[] {
	return file.matches(PICKED).flatMap(({ 2: first, 3: after, 5: before, 6: second, index }) => {
		const begins = (first ?? second)!;
		const prefix = /^["']/.test(begins) ? begins.slice(1, -1) : textNamed(tree, begins);
		return prefix === undefined || !prefix.endsWith("/") || isComment(file, index)
			? []
			: [{ prefix, ending: (after ?? before)!, file, at: index }];
	});
}

const madeIn = (tree: Tree, file: SourceFile): (Placed & { shape: string })[] =>
	file.matches(MADE).flatMap(({ 2: python, 3: script, index }) => {
		const shape = (python ?? script)!.replaceAll(
			/\$?\{([^{}]*)\}/g,
			(_all, name: string) => textNamed(tree, name.trim()) ?? "*",
		);
		return isComment(file, index) ? [] : [{ shape, file, at: index }];
	});
