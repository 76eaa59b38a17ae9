import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

/** A key of a store that code puts together. */
interface Template {
	/** Of `captions/v2/${batch}.json` it is `captions/v2/*.json`. */
	shape: string;
	/** The function or the constant that returns it: `captionKey`. */
	maker: string | undefined;
	file: SourceFile;
	at: number;
}

/** A key that one file makes by itself, beside a function that makes it otherwise. */
export interface Astray {
	own: Template;
	made: Template & { maker: string };
}

const FILLED =
	/`([a-z][\w.-]*\/(?:[^`\s$]|\$\{[^{}`\n]*\})*\$\{(?:[^`\s$]|\$\{[^{}`\n]*\}|[^`\n])*)`|\bf(["'])([a-z][\w.-]*\/(?:(?!\2)[^\s{}]|\{[^{}\n]*\})*\{[^{}\n]*\}(?:(?!\2)[^\s{}]|\{[^{}\n]*\})*)\2/g;
const MAKER =
	/(?:\bfunction\s+(\w+)|\bconst\s+(\w+)\s*=|\bdef\s+(\w+))(?:(?!\bfunction\b|\bconst\b|\bdef\b)[^;`"'])*(?:\breturn\b|=>)\s*\(?\s*$/;
const OF_STORE = /key|store|s3|bucket|object|blob|prefix/i;

/** Keys of one form but for one folder, of which a named function makes the one and a single place the other. */
export const keysAstray = once((tree: Tree): readonly Astray[] => {
	const all = tree
		.in("javascript", "python")
		.filter((file) => standingOf(file.path) === "live" && file.text.length < 200_000 && file.has(OF_STORE))
		.flatMap(templatesIn);
	const made = all.flatMap((one) =>
		one.maker !== undefined && isUsed(tree, one) ? [{ ...one, maker: one.maker }] : [],
	);
	if (made.length === 0) return [];
	return all.flatMap((own): Astray[] => {
		const alone = all.every((one) => one === own || one.shape !== own.shape);
		if (!alone || own.maker !== undefined || !isGiven(own)) return [];
		const others = made.filter((one) => one.file !== own.file && isApart(own.shape, one.shape));
		return others.length === 1 ? [{ own, made: others[0]! }] : [];
	});
});

/**
 * Makers of one name in two languages whose keys differ, in two files that make at least one other key alike: each
 * mirrors the other. The first of a pair is the one that documents do not have.
 */
export const keysApart = once((tree: Tree): readonly Required<Astray>[] => {
	const made = tree
		.in("javascript", "python")
		.filter((file) => standingOf(file.path) === "live" && file.text.length < 200_000 && file.has(OF_STORE))
		.flatMap(templatesIn)
		.flatMap((one) => (one.maker === undefined ? [] : [{ ...one, maker: one.maker }]));
	const plain = (name: string): string => name.replaceAll("_", "").toLowerCase();
	const pairs = [...Map.groupBy(made, ({ maker }) => plain(maker)).values()].flatMap(([a, b, ...more]) =>
		b === undefined || more.length > 0 || a!.file.language === b.file.language ? [] : [[a!, b] as const],
	);
	return pairs.flatMap(([a, b]): Required<Astray>[] => {
		const mirrors = pairs.some(([c, d]) => c.file === a.file && d.file === b.file && c.shape === d.shape);
		if (a.shape === b.shape || !mirrors) return [];
		const [told, other] = [a, b].map(({ shape }) => isTold(tree, shape));
		return told && !other ? [{ own: b, made: a }] : [{ own: a, made: b }];
	});
});

/** A document names a key of the shape: `transcripts/<job>/segments.json`. */
function isTold(tree: Tree, shape: string): boolean {
	const parts = shape.split("*").map((part) => RegExp.escape(part));
	const told = new RegExp(`(?<![\\w/-])${parts.join("[^\\s/`|]+")}(?![\\w-])`);
	return tree.in("markdown").some((file) => standingOf(file.path) === "docs" && file.has(told));
}

const templatesIn = (file: SourceFile): Template[] =>
	file.matches(FILLED).flatMap(({ 1: script, 3: python, index: at }): Template[] => {
		const shape = (script ?? python!).replaceAll(/\$?\{[^{}]*\}/g, "*");
		const found = MAKER.exec(file.text.slice(Math.max(0, at - 300), at));
		const maker = found?.[1] ?? found?.[2] ?? found?.[3];
		return /^[\w.-]+(?:\/[\w.*-]+)+\/?$/.test(shape) && shape.includes("/") && !isComment(file, at)
			? [{ shape, maker, file, at }]
			: [];
	});

/** Another file imports the function. */
const isUsed = (tree: Tree, { maker, file }: Template): boolean =>
	/key|path|prefix|name|object/i.test(maker!) &&
	tree
		.in("javascript", "python")
		.some((one) => one !== file && standingOf(one.path) === "live" && one.includes(maker!));

/** The lines around speak of a store, and of no older form of the key. */
function isGiven({ file, at }: Template): boolean {
	const line = file.lineAt(at);
	const around = file.lines.slice(Math.max(0, line - 2), line + 1).join("\n");
	return OF_STORE.test(around.replaceAll(/`[^`]*`/g, "")) && !OLDER.test(around);
}

const OLDER = /legacy|\bold|former|fall_?back|migrat|earlier|previous|backward/i;

/** The same but for one folder that one of them has more, or that both call otherwise; the first and the last are alike. */
function isApart(one: string, other: string): boolean {
	const [a, b] = [one.split("/"), other.split("/")].toSorted((x, y) => x.length - y.length) as [string[], string[]];
	if (a[0] !== b[0] || a.at(-1) !== b.at(-1) || a.length < 2 || b.length < 3) return false;
	if (a.length === b.length) {
		const odd = a.flatMap((part, at) => (part === b[at] ? [] : [at]));
		return odd.length === 1 && !a[odd[0]!]!.includes("*") && !b[odd[0]!]!.includes("*") && isAKind(a, b, odd[0]!);
	}
	return (
		b.length === a.length + 1 &&
		b.some((part, at) => at > 0 && !part.includes("*") && b.toSpliced(at, 1).join("/") === a.join("/"))
	);
}

/** `v1` and `v2`: other words are other things. */
const isAKind = (a: readonly string[], b: readonly string[], at: number): boolean =>
	/^v\d+$/.test(a[at]!) && /^v\d+$/.test(b[at]!);
