import { SourceFile } from "../../src/checks/tree/source-file.ts";
import { Tree } from "../../src/checks/tree/tree.ts";

/**
 * A tree of these files. A path that ends in `*` can be executed; a value of null is a binary file; a byte-order
 * mark at the start of a text counts as one. */
export function treeOf(files: Readonly<Record<string, string | null>>): Tree {
	const entries = Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1));
	const sources = entries.flatMap(([path, text]) =>
		text === null
			? []
			: [
					new SourceFile(
						path.replace(/\*$/, ""),
						text.replace(/^\uFEFF/, ""),
						path.endsWith("*"),
						text.startsWith("\uFEFF"),
					),
				],
	);
	return new Tree({ root: "/tree", files: sources, paths: entries.map(([path]) => path.replace(/\*$/, "")) });
}
