import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** The files that GitHub runs. */
export const workflowFiles = (tree: Tree): SourceFile[] =>
	tree.in("yaml").filter(({ path }) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
