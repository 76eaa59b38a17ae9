import { posix } from "node:path";
import type { FilePlace } from "../triage-check.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** A path of the tree that an image is made from. */
interface Copied {
	path: string;
	place: FilePlace;
}

/** What COPY and ADD of a Dockerfile take from the tree: existing files and folders, not the whole context. */
export function copiedBy(file: SourceFile, context: string, tree: Tree): Copied[] {
	const instructions = file.matches(/^[ \t]*(?:COPY|ADD)[ \t]+((?:\\\r?\n|[^\n])*)/gim);
	return instructions.flatMap(({ index, 1: rest }) => {
		if (/--from=|<<|\$/.test(rest!)) return [];
		const bare = rest!
			.replaceAll(/\\\r?\n/g, " ")
			.replaceAll(/(?:^|\s)--[\w-]+(?:=\S+)?/g, " ")
			.trim();
		const words = bare.startsWith("[") ? [...bare.matchAll(/"([^"]*)"/g)].map(([, one]) => one!) : bare.split(/\s+/);
		return words.slice(0, -1).flatMap((word): Copied[] => {
			const path = posix.join(context, word.replace(/^\//, "")).replace(/\/$/, "");
			if (/[*?[]|^[a-z]+:\/\//.test(word) || path === "." || path === context || !tree.has(path)) return [];
			return [{ path, place: file.placeAt(index + /^[ \t]*/.exec(file.text.slice(index))![0].length) }];
		});
	});
}

/** The files at or below a path. */
export const filesBelow = (tree: Tree, path: string): string[] =>
	tree.paths.filter((one) => one === path || one.startsWith(`${path}/`));
