import { glob, readFile } from "node:fs/promises";
import { join, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Source {
	/** Path below the root, with `/`. */
	file: string;
	text: string;
}

export interface Import {
	/** Path below the root, with `/`. */
	file: string;
	/** Path below the root, or the package (`@scope/name`, `node:fs`) that is imported. */
	target: string;
	/** `type` is gone at run time, `lazy` is `await import()`. */
	kind: "static" | "type" | "lazy";
}

/** Every source file below the folders, in the order of their paths. Built and installed files are none. */
export async function readSources(...folders: readonly string[]): Promise<Source[]> {
	const found: string[] = [];
	const exclude = (path: string): boolean => /(^|[/\\])(node_modules|dist)$/.test(path);
	for (const folder of folders)
		for await (const path of glob(`${folder}/**/*.{ts,js}`, { cwd: ROOT, exclude }))
			found.push(path.split(sep).join("/"));
	return Promise.all(found.toSorted().map(async (file) => ({ file, text: await readFile(join(ROOT, file), "utf8") })));
}

/** The imports of one file. The formatter sees to it that they look alike. */
export function importsOf({ file, text }: Source): Import[] {
	const code = withoutComments(text);
	const declared = [...code.matchAll(/^(?:import|export)\s+(?<what>[^"';]*?\sfrom\s+)?"(?<target>[^"]+)"/gm)];
	const lazy = [...code.matchAll(/(?<type>typeof\s+)?\bimport\(\s*"(?<target>[^"]+)"/g)];
	return [
		...declared.map(({ groups }): Import => {
			const kind = isTypeOnly(groups!["what"] ?? "") ? "type" : "static";
			return { file, target: resolve(file, groups!["target"]!), kind };
		}),
		...lazy.map(({ groups }): Import => {
			const kind = groups!["type"] ? "type" : "lazy";
			return { file, target: resolve(file, groups!["target"]!), kind };
		}),
	];
}

/** Block comments, and line comments that have their line for themselves or follow a blank. */
export const withoutComments = (text: string): string =>
	text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "$1");

function isTypeOnly(what: string): boolean {
	if (/^type\s/.test(what)) return true;
	const names = /^\{(?<names>[^}]*)\}/.exec(what)?.groups?.["names"];
	const given = names?.split(",").flatMap((name) => name.trim() || []) ?? [];
	return given.length > 0 && given.every((name) => name.startsWith("type "));
}

function resolve(file: string, target: string): string {
	if (target.startsWith(".")) return posix.join(posix.dirname(file), target);
	if (target.startsWith("node:")) return target;
	return target.split("/", target.startsWith("@") ? 2 : 1).join("/");
}
