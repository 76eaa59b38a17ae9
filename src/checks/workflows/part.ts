import { isMap, isScalar, isSeq, type Document, type Node } from "yaml";
import { aliasedIn, mergesIn } from "../data/yaml-aliases.ts";
import type { FilePlace } from "../triage-check.ts";
import type { SourceFile } from "../tree/source-file.ts";

const NO_PARTS: ReadonlyMap<string, Part> = new Map();
/** Anchors may refer to what holds them. */
const MAX_DEPTH = 40;

/** A piece of a YAML file: a text, a mapping or a list, with its place. */
export class Part {
	readonly file: SourceFile;
	/** Offset of its key, or else of itself. */
	readonly at: number;
	/** Offset of itself; of a block scalar, of its `|` or `>`. */
	readonly valueAt: number;
	/** A scalar as it is written, without quotes; undefined for a mapping or a list. */
	readonly text: string | undefined;
	/** Written as a block scalar with `|`, so that its lines are lines of the file. */
	readonly literal: boolean;
	readonly block: boolean;
	readonly quoted: boolean;
	readonly map: ReadonlyMap<string, Part>;
	readonly list: readonly Part[];
	readonly kind: "text" | "map" | "list" | "null";

	constructor(file: SourceFile, document: Document, from: Node | null | undefined, keyAt?: number, depth = 0) {
		const aliased = aliasedIn(document, from);
		const node = aliased === undefined ? from : aliased.node;
		this.file = file;
		this.valueAt = from?.range?.[0] ?? keyAt ?? 0;
		this.at = keyAt ?? this.valueAt;
		const style = isScalar(node) ? node.type : undefined;
		this.literal = style === "BLOCK_LITERAL" && aliased === undefined;
		this.block = style === "BLOCK_LITERAL" || style === "BLOCK_FOLDED";
		this.quoted = style === "QUOTE_SINGLE" || style === "QUOTE_DOUBLE";
		const part = (value: unknown, key?: number) => new Part(file, document, value as Node | null, key, depth + 1);
		const deep = depth < MAX_DEPTH;
		this.text = isScalar(node) ? textOf(node.value, node.source) : undefined;
		this.list = isSeq(node) && deep ? node.items.map((item) => part(item)) : [];
		const own = isMap(node) && deep ? node.items.map(({ key, value }) => pairOf(key, value, part)) : [];
		const pairs = mergesIn(document) ? merged(own) : own;
		this.map = pairs.length === 0 ? NO_PARTS : firstOf(pairs);
		this.kind = isMap(node) ? "map" : isSeq(node) ? "list" : this.text === undefined ? "null" : "text";
	}

	get(...path: readonly string[]): Part | undefined {
		return path.reduce<Part | undefined>((part, key) => part?.map.get(key), this);
	}

	/** Counted from 1; of its key where it has one. */
	get line(): number {
		return this.file.lineAt(this.at);
	}

	get place(): FilePlace {
		return this.file.placeAt(this.at);
	}

	/** The text itself, or the texts of a list. */
	get texts(): readonly Part[] {
		return this.text === undefined ? this.list.filter(({ text }) => text !== undefined) : [this];
	}

	/** The place of an offset of `text`. */
	placeIn(offset: number): FilePlace {
		const above = this.text!.slice(0, offset).split("\n").length - 1;
		const first = this.file.lineAt(this.valueAt);
		return this.file.place(this.block ? first + 1 + (this.literal ? above : this.#folded(offset)) : first);
	}

	/** Lines of a folded text are found by their words. */
	#folded(offset: number): number {
		const start = this.file.lineAt(this.valueAt);
		const word = /^\S+/.exec(this.text!.slice(offset))?.[0] ?? "";
		const found = this.file.lines.slice(start, start + 200).findIndex((line) => word !== "" && line.includes(word));
		return Math.max(found, 0);
	}
}

const textOf = (value: unknown, source: string | undefined): string | undefined =>
	typeof value === "string"
		? value
		: value === null || value === undefined
			? undefined
			: (source ?? String(value as number));

function pairOf(key: unknown, value: unknown, part: (value: unknown, key?: number) => Part): [string, Part] {
	// No key of a workflow is a mapping or a list; where `<<` merges, it is a symbol.
	const name = isScalar(key) ? (typeof key.value === "symbol" ? "<<" : String(key.value)) : "";
	return [name, part(value, (key as Node | null)?.range?.[0])];
}

/** With the keys of what `<<` names, a mapping or a list of them, in its place; a key of the mapping itself comes first. */
const merged = (pairs: readonly [string, Part][]): [string, Part][] => [
	...pairs.filter(([key]) => key !== "<<"),
	...pairs.flatMap(([key, { map, list }]) => (key === "<<" ? [...map, ...list.flatMap((one) => [...one.map])] : [])),
];

/** In their order; of a key that is there twice, the first. */
function firstOf(pairs: readonly [string, Part][]): ReadonlyMap<string, Part> {
	const map = new Map<string, Part>();
	for (const [key, part] of pairs) if (!map.has(key)) map.set(key, part);
	return map;
}
