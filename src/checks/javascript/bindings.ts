import { posix } from "node:path";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { moduleImports } from "./imports.ts";

/** The file of the tree that a relative specifier means, with TypeScript's ways to write it. */
export function moduleOf(tree: Tree, from: SourceFile, specifier: string): SourceFile | undefined {
	if (!specifier.startsWith(".")) return undefined;
	const path = posix.join(posix.dirname(from.path), specifier);
	const bare = path.replace(/\.([cm]?)jsx?$/, "");
	const ends = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"];
	return (
		tree.file(path) ??
		[bare, path, `${path.replace(/\/$/, "")}/index`]
			.flatMap((one) => ends.map((end) => `${one}.${end}`))
			.map((one) => tree.file(one))
			.find((one) => one !== undefined)
	);
}

export interface Binding {
	/** The module that it is imported from. */
	file: SourceFile;
	/** Its name there; `*`: the module as a whole. */
	name: string;
}

const cache = new WeakMap<SourceFile, ReadonlyMap<string, Binding>>();

/** What a module imports by name from modules of the tree; names that are passed on once are followed. */
export function bindingsOf(tree: Tree, file: SourceFile): ReadonlyMap<string, Binding> {
	const known = cache.get(file);
	if (known !== undefined) return known;
	const found = new Map<string, Binding>();
	for (const { specifier, at } of moduleImports(file)) {
		const source = moduleOf(tree, file, specifier);
		const start = file.text.lastIndexOf("import", at);
		if (source === undefined || start === -1 || at - start > 2000) continue;
		const statement = file.text.slice(start, at);
		const whole = /\*\s*as\s+([\w$]+)/.exec(statement)?.[1];
		if (whole !== undefined) found.set(whole, { file: source, name: "*" });
		for (const one of (/\{([^}]*)\}/.exec(statement)?.[1] ?? "").split(",")) {
			const [, name, alias] = /^\s*(?:type\s+)?([\w$]+)(?:\s+as\s+([\w$]+))?\s*$/.exec(one) ?? [];
			if (name !== undefined) found.set(alias ?? name, passedOn(tree, source, name));
		}
	}
	cache.set(file, found);
	return found;
}

/** What a module passes on: the names between braces, or `*`, and where they come from. */
const exportsFrom = once(({ text }: SourceFile) => [
	...text.matchAll(/^export\s*(\{[^}]*\}|\*)\s*from\s*["']([^"']+)["']/gm),
]);

function passedOn(tree: Tree, file: SourceFile, name: string): Binding {
	for (const [, list, specifier] of exportsFrom(file)) {
		const source = moduleOf(tree, file, specifier!);
		if (source === undefined) continue;
		const own = new RegExp(`(?:^|[{,\\s])([\\w$]+)\\s+as\\s+${RegExp.escape(name)}\\b`).exec(list!)?.[1] ?? name;
		if (
			list === "*"
				? new RegExp(`^export\\b[^=({\\n]*\\b${RegExp.escape(name)}\\b`, "m").test(source.text)
				: new RegExp(`\\b${RegExp.escape(name)}\\b`).test(list!)
		)
			return { file: source, name: own };
	}
	return { file, name };
}
