import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

interface Rule {
	pattern: RegExp;
	/** `!`: takes the path back in. */
	kept: boolean;
	line: number;
}

/** The ignore file of a build: `<Dockerfile>.dockerignore` beside it, else `.dockerignore` at the context's root. */
export const ignoreFileOf = (tree: Tree, dockerfile: string, context: string): SourceFile | undefined =>
	tree.file(`${dockerfile}.dockerignore`) ?? tree.file(context === "" ? ".dockerignore" : `${context}/.dockerignore`);

/**
 * The line of the pattern that leaves a path (from the context's root) out; undefined when it is sent. The last pattern
 * that matches the path or a folder above it counts (moby/patternmatcher, MatchesOrParentMatches).
 */
export function ignoredBy(file: SourceFile, path: string): number | undefined {
	const above = path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
	let by: number | undefined;
	for (const { pattern, kept, line } of rulesOf(file))
		if ((by === undefined) === !kept && above.some((one) => pattern.test(one))) by = kept ? undefined : line;
	return by;
}

const rulesOf = once((file: SourceFile): readonly Rule[] =>
	file.lines.flatMap((text, index): Rule[] => {
		const bare = text.trim();
		if (bare === "" || bare.startsWith("#")) return [];
		const kept = bare.startsWith("!");
		const path = (kept ? bare.slice(1).trim() : bare).replace(/^\.?\//, "").replace(/\/+$/, "");
		return path === "" || path === "." ? [] : [{ pattern: globOf(path), kept, line: index + 1 }];
	}),
);

/** Go's filepath.Match, and `**` for any number of folders. */
export function globOf(pattern: string): RegExp {
	const source = pattern.replaceAll(/\*\*\/?|\*|\?|\[[^\]]+\]|\\.|[.+^${}()|[\]]/g, (part) => {
		if (part === "**/") return "(?:[^/]+/)*";
		if (part === "**") return ".*";
		if (part === "*") return "[^/]*";
		if (part === "?") return "[^/]";
		if (part.length > 2 && part.startsWith("[")) return part;
		return part.startsWith("\\") ? part : `\\${part}`;
	});
	return new RegExp(`^${source}$`);
}
