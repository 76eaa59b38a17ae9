import {
	LineCounter,
	isAlias,
	isMap,
	isNode,
	isScalar,
	isSeq,
	parseDocument,
	visit,
	type Document,
	type ErrorCode,
	type Node,
} from "yaml";
import { redact } from "../secrets/secret.ts";

/** Of a value in a message. */
const MOST_CHARACTERS = 120;

/** What the library says for those who program with it, in words for who wrote the file; `at`: the text from there on. */
const SAYS: Readonly<Partial<Record<ErrorCode, string | ((at: string) => string)>>> = {
	DUPLICATE_KEY: (at) => `the key ${keyAt(at)} stands twice in one mapping: keep one of them`,
	RESOURCE_EXHAUSTION: "from about this line on it is nested too deeply to be read",
	MULTIPLE_DOCS: "a second YAML document begins here: one file holds one; remove the line ---, or what follows it",
	TAG_RESOLVE_FAILED:
		"a tag that is not known: write the value without it, in quotes if it is a text that begins with !",
};

/** One thing wrong in a file of settings. */
export interface Fault {
	/** Counted from 1. */
	line: number;
	/** `instances.cpu-1.port`; empty for the file as a whole. */
	key: string;
	/** What is wrong and what was expected. */
	message: string;
}

/** Where a value stands; indexes of lists are numbers. */
export type Path = readonly PropertyKey[];

/** Settings as they are written, and where. */
export interface Written {
	/** `{}` for an empty text. */
	raw: unknown;
	/** The line of a key or of an item of a list; where it is missing, of what it should stand in. */
	lineOf: (path: Path) => number;
}

/**
 * Reads YAML with merge keys; every fault of its syntax and of its references at once.
 * @param mostAliases that are expanded: a few lines of aliases of aliases would make a value that fills the memory
 */
export function readYaml(text: string, mostAliases: number): Written | { faults: Fault[] } {
	const lines = new LineCounter();
	const bare = text.replace(/^\uFEFF/, "");
	const document = parseDocument(bare, {
		lineCounter: lines,
		merge: true,
		prettyErrors: false,
		logLevel: "error",
	});
	const syntax = syntaxFaults(document, bare, lines);
	const faults = syntax.length > 0 ? syntax : referenceFaults(document, lines);
	if (faults.length > 0) return { faults };
	try {
		const raw: unknown = document.toJS({ maxAliasCount: mostAliases }) ?? {};
		return { raw, lineOf: (path) => lineOf(document, lines, path) };
	} catch (error) {
		if (!(error instanceof ReferenceError)) throw error; // more aliases than are expanded
		const message = "aliases of aliases, from this line on, stand for too many values: write some of them out";
		return { faults: [{ line: lineOfMost(document, lines), key: "", message }] };
	}
}

function syntaxFaults(
	{ errors, warnings }: ReturnType<typeof parseDocument>,
	text: string,
	lines: LineCounter,
): Fault[] {
	const faults = [...errors, ...warnings.filter(({ code }) => code === "TAG_RESOLVE_FAILED")].map(
		({ pos, message, code }) => {
			const says = SAYS[code] ?? message;
			const told = typeof says === "function" ? says(text.slice(pos[0])) : says;
			return { line: lines.linePos(pos[0]).line || 1, key: "", message: told };
		},
	);
	const deep = faults.findLast(({ message }) => message === SAYS.RESOURCE_EXHAUSTION); // what follows is of its own making
	return deep ? [deep] : faults;
}

/** `cres.yaml:12 instances.cpu-1.prot: unknown key; did you mean port?` */
export const renderFault = (file: string, { line, key, message }: Fault): string =>
	`${file}:${line} ${key === "" ? "" : `${key}: `}${message}`;

/** The key that a text begins with, as it is written. */
const keyAt = (text: string): string => /^(?:"[^"\n]*"|'[^'\n]*'|[^\s:]+)/.exec(text)?.[0] ?? '""';

/** `instances.cpu-1.port` */
export const dotted = (path: Path): string => path.map(String).join(".");

/** A value as JSON, cut where it is long. */
export function shown(value: unknown): string {
	const text = redact(JSON.stringify(value) ?? String(value)); // a secret that is cut would not be known
	return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

/**
 * Aliases without an anchor, or inside of it, and merge keys over what is no mapping: the library throws at the first,
 * when the value is asked for, and without a line.
 */
function referenceFaults(document: Document, lines: LineCounter): Fault[] {
	const faults: Fault[] = [];
	const anchors = new Map<string, Node>();
	const add = (node: Node, message: string) =>
		faults.push({ line: lines.linePos(node.range![0]).line, key: "", message });
	const meant = (node: unknown): unknown => (isAlias(node) ? anchors.get(node.source) : node);
	visit(document, {
		Value(_, node) {
			if (node.anchor) anchors.set(node.anchor, node);
		},
		Alias(_, alias, ancestors) {
			const target = anchors.get(alias.source);
			if (!target) add(alias, `the alias *${alias.source} has no anchor: there is no &${alias.source} above it`);
			else if (ancestors.includes(target))
				add(alias, `the alias *${alias.source} is inside the value that it refers to`);
		},
		Pair(_, { key, value }) {
			if (isScalar(key) && key.value === "__proto__") add(key, "no key is called __proto__");
			if (!isScalar(key) || typeof key.value !== "symbol") return;
			const source = meant(value);
			const parts = isSeq(source) ? source.items : [source];
			if (source && !parts.every((part) => isMap(meant(part) ?? part) || isAlias(part)))
				add(key, "<< takes a mapping, an alias of one, or a list of them");
		},
	});
	return faults;
}

/** The line of the alias behind which most is expanded: that many values come of it, aliases of aliases counted. */
function lineOfMost(document: Document, lines: LineCounter): number {
	const sizes = new Map<string, number>();
	const sizeOf = (node: unknown): number => {
		let size = 1;
		if (isAlias(node)) return sizes.get(node.source) ?? 1;
		visit(node as Node, { Alias: (_, { source }) => void (size += sizes.get(source) ?? 1) });
		return size;
	};
	let [most, line] = [0, 1];
	visit(document, {
		Value(_, node) {
			if (node.anchor) sizes.set(node.anchor, sizeOf(node));
		},
		Alias(_, alias) {
			const size = sizeOf(alias);
			if (size <= most) return;
			[most, line] = [size, lines.linePos(alias.range![0]).line];
		},
	});
	return line;
}

function lineOf(document: Document, lines: LineCounter, path: Path): number {
	for (let length = path.length; length > 0; length--) {
		const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
		const key = path[length - 1]!;
		const item = isSeq(parent) ? parent.items[Number(key)] : keyIn(parent, key);
		if (isNode(item) && item.range) return lines.linePos(item.range[0]).line;
	}
	return 1;
}

const keyIn = (parent: unknown, key: PropertyKey): unknown =>
	isMap(parent) ? parent.items.find((pair) => String(pair.key) === String(key))?.key : undefined;
