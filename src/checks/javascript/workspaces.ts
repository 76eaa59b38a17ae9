import { posix } from "node:path";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** A pattern of a workspace's packages with its place. */
export interface Workspace {
	file: SourceFile;
	/** Counted from 1. */
	line: number;
	written: string;
	/** From the root of the tree. */
	pattern: string;
}

/** `workspaces` of package.json, `packages` of pnpm-workspace.yaml; without those that leave something out. */
export function workspacesOf(tree: Tree): Workspace[] {
	return tree.files.flatMap((file) => {
		const folder = posix.dirname(file.path).replace(/^\.$/, "");
		const found = /(?:^|\/)package\.json$/.test(file.path)
			? inJson(file.text)
			: /(?:^|\/)pnpm-workspace\.yaml$/.test(file.path)
				? file.matches(/^\s*-\s*["']?([^"'\n#]+?)["']?\s*$/gm).map(({ 1: written, index, 0: all }) => ({
						written: written!,
						at: index + all.indexOf("-"),
					}))
				: [];
		return found
			.filter(({ written }) => !/^[!*]/.test(written))
			.map(({ written, at }) => ({
				file,
				line: file.lineAt(at),
				written,
				pattern: posix.join(folder, written).replace(/\/$/, ""),
			}));
	});
}

function inJson(text: string): { written: string; at: number }[] {
	const block = /"workspaces"\s*:\s*(?:\{\s*"packages"\s*:\s*)?\[([^\]]*)\]/.exec(text);
	if (block === null) return [];
	const start = block.index + block[0].indexOf("[") + 1;
	return [...block[1]!.matchAll(/"([^"]+)"/g)].map(({ 1: written, index }) => ({
		written: written!,
		at: start + index,
	}));
}

/** Whether a package is where a pattern leads. */
export function matchesPackage(tree: Tree, pattern: string): boolean {
	const source = pattern
		.split("/")
		.map((part) =>
			part === "**"
				? ".*"
				: part
						.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
						.replaceAll("*", "[^/]*")
						.replaceAll("?", "[^/]"),
		)
		.join("/");
	const expression = new RegExp(`^${source}/(?:.*/)?package\\.json$`);
	return tree.paths.some((path) => path.endsWith("package.json") && expression.test(path));
}
