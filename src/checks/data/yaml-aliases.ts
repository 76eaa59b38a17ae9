import { isAlias, isMap, isPair, isSeq, visit, type Document, type Node } from "yaml";
import { once } from "../tree/once.ts";

/** Ten lines of aliases of aliases stand for billions of values. */
const MOST_VALUES = 100_000;

/** What an alias stands for; no node where it names nothing. Undefined: it is no alias. */
export const aliasedIn = (document: Document, from: unknown): { node: Node | undefined } | undefined =>
	isAlias(from) ? { node: anchorsIn(document).get(from.source) } : undefined;

const anchorsIn = once((document: Document): ReadonlyMap<string, Node> => {
	const found = new Map<string, Node>();
	visit(document, {
		Node(_, node) {
			if ("anchor" in node && node.anchor !== undefined) found.set(node.anchor, node);
		},
	});
	return found;
});

/** Whether the document was parsed with `merge: true`, so that `<<` brings the keys of another mapping. */
export const mergesIn = once((document: Document): boolean =>
	document.schema.tags.some(({ tag }) => tag === "tag:yaml.org,2002:merge"),
);

/** Whether a document has more than 100,000 values when every alias is replaced by what it stands for, or has no end. */
export function expandsTooFar(document: Document): boolean {
	const sizes = new Map<Node, number>();
	const open = new Set<Node>();
	let loops = 0;
	const sizeOf = (node: unknown): number => {
		if (isAlias(node)) {
			const target = anchorsIn(document).get(node.source);
			if (target && open.has(target) && ++loops > 1) return Infinity;
			return sizeOf(target);
		}
		if (isPair(node)) return sizeOf(node.key) + sizeOf(node.value);
		if (!isMap(node) && !isSeq(node)) return 1;
		const known = sizes.get(node);
		if (known !== undefined) return known;
		sizes.set(node, 1); // what holds itself once is cut off by its depth
		open.add(node);
		const size = node.items.reduce((sum: number, item) => sum + sizeOf(item), 1);
		open.delete(node);
		sizes.set(node, size);
		return size;
	};
	return anchorsIn(document).size > 0 && sizeOf(document.contents) > MOST_VALUES;
}
