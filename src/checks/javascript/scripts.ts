import { standingOf } from "../facts/standing.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** A script of a package.json. */
export interface NpmScript {
	name: string;
	text: string;
	/** Counted from 1. */
	line: number;
}

/** The scripts of a package.json with their lines; empty when it is no JSON. */
export function scriptsOf(file: SourceFile): NpmScript[] {
	let value: unknown;
	try {
		value = JSON.parse(file.text);
	} catch {
		return [];
	}
	const scripts = typeof value === "object" && value !== null && "scripts" in value ? value.scripts : undefined;
	if (typeof scripts !== "object" || scripts === null) return [];
	const from = file.text.search(/"scripts"\s*:/);
	return Object.entries(scripts).flatMap(([name, text]: [string, unknown]) => {
		if (typeof text !== "string") return [];
		const at = file.text.indexOf(`${JSON.stringify(name)}:`, from);
		return [{ name, text, line: file.lineAt(at === -1 ? from : at) }];
	});
}

/** The names of all scripts of a tree, somebody else's packages left out. */
export const scriptNamesOf = once((tree: Tree): ReadonlySet<string> => {
	const own = tree.files.filter(({ path }) => /(?:^|\/)package\.json$/.test(path) && standingOf(path) !== "vendored");
	return new Set(own.flatMap(scriptsOf).map(({ name }) => name));
});
