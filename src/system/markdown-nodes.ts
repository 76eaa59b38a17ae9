import type { parser } from "@lezer/markdown";

/** A node of the tree that the parser of Markdown makes. */
export type MarkdownNode = ReturnType<typeof parser.parse>["topNode"];

/** The nodes directly below one, in the order of the text. */
export function childrenOf(node: MarkdownNode): MarkdownNode[] {
	const children: MarkdownNode[] = [];
	for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
	return children;
}
