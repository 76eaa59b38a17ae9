import { posix } from "node:path";
import { plainJson } from "../data/comments.ts";
import { settingsOf, type Setting } from "../javascript/settings.ts";
import type { SourceFile } from "../tree/source-file.ts";

/** A path or pattern in the settings of a tool. */
export interface ToolPattern {
	/** As it is written. */
	text: string;
	/** From the root of the tree. */
	path: string;
	at: number;
	/** The texts of one list have one key. */
	key: string;
	/** `patterns`: of a list one must find something; `file`: each must be there. */
	kind: "file" | "patterns";
	/** What happens when nothing is found: `no test file is found`. */
	outcome: string;
}

const NO_TESTS = "no test is found";
/** The folder of a file, without a slash at its end; empty: the root. */
export const folderOf = ({ path }: SourceFile): string => posix.dirname(path).replace(/^\.$/, "");

/** The patterns by which a file of settings names tests and sources, and the files that its tool loads. */
export function toolPatterns(file: SourceFile): ToolPattern[] {
	const name = posix.basename(file.path);
	if (/^(?:vitest|vite)\.config(?:\.[\w-]+)?\.[cm]?[jt]s$|^vitest(?:\.[\w-]+)?\.config\.[cm]?[jt]s$/.test(name))
		return ofVitest(file);
	if (/^jest\.config(?:\.[\w-]+)?\.(?:[cm]?[jt]s|json)$/.test(name)) return ofJest(file);
	if (name === "package.json") return file.has(/^\s*"jest"\s*:\s*\{|[{,]\s*"jest"\s*:\s*\{/m) ? ofJest(file) : [];
	if (/^playwright(?:\.[\w-]+)?\.config\.[cm]?[jt]s$/.test(name))
		return [
			...inObject(file, "testDir", "patterns", NO_TESTS),
			...inObject(file, "globalSetup", "file", "no test runs"),
		];
	if (/^cypress\.config\.[cm]?[jt]s$/.test(name)) return inObject(file, "specPattern", "patterns", NO_TESTS);
	if (/^\.mocharc\.(?:json|jsonc|cjs|js)$/.test(name))
		return [...inObject(file, "spec", "patterns", NO_TESTS), ...inObject(file, "require", "file", "mocha stops")];
	if (/^tsconfig(?:\.[\w-]+)?\.json$/.test(name)) return ofTypescript(file);
	if (name === "pyproject.toml") return inPyproject(file);
	if (/^(?:pytest\.ini|\.pytest\.ini|setup\.cfg|tox\.ini)$/.test(name)) return inIni(file);
	return [];
}

function inObject(file: SourceFile, key: string, kind: ToolPattern["kind"], outcome: string): ToolPattern[] {
	return made(file, settingsOf(file, key) ?? [], key, kind, outcome);
}

/** A path without a dot and an ending is a package. */
const OWN_FILE = /^\.|^<rootDir>|^[\w-]+(?:\/[\w.-]+)*\.[cm]?[jt]sx?$/;

/** Below the root of the tool's settings; patterns without a folder match everywhere. */
function made(
	file: SourceFile,
	settings: readonly Setting[],
	key: string,
	kind: ToolPattern["kind"],
	outcome: string,
): ToolPattern[] {
	return settings.flatMap(({ text, at }) => {
		const bare = text.replace(/^<rootDir>\/?/, "");
		if (/^!|[$:\\]|^[/~@]/.test(bare) || bare === "" || (kind === "file" && !OWN_FILE.test(text))) return [];
		return [{ text, path: posix.join(folderOf(file), bare), at, key, kind, outcome }];
	});
}

function ofVitest(file: SourceFile): ToolPattern[] {
	if (!file.has(/\btest\s*:/) || file.has(/(?<![\w.])(?:root|dir)\s*:/)) return [];
	// `include` of other keys than test is theirs; where there are several, nobody can tell by the name alone.
	const others = file.has(/\b(?:optimizeDeps|coverage|typecheck|benchmark|browser)\s*:\s*\{/);
	const include = (settingsOf(file, "include") ?? []).filter(
		({ text: one }) => !others || /\b(?:test|spec)s?\b|__tests__/.test(one),
	);
	return [
		...made(file, include, "include", "patterns", NO_TESTS),
		...inObject(file, "setupFiles", "file", "no test runs"),
		...inObject(file, "globalSetup", "file", "no test runs"),
	];
}

function ofJest(file: SourceFile): ToolPattern[] {
	if (file.has(/(?<![\w.])["']?(?:rootDir|projects)["']?\s*:/)) return [];
	return [
		...inObject(file, "testMatch", "patterns", NO_TESTS),
		...inObject(file, "roots", "file", "jest stops"),
		...["setupFiles", "setupFilesAfterEnv", "globalSetup", "globalTeardown"].flatMap((key) =>
			inObject(file, key, "file", "no test runs"),
		),
	];
}

/** `include`, `files` and `extends` at the top of a tsconfig. */
function ofTypescript(file: SourceFile): ToolPattern[] {
	let value: unknown;
	try {
		value = JSON.parse(plainJson(file.text).text);
	} catch {
		return [];
	}
	const told = value as Record<string, unknown> | null;
	const of = (key: string, kind: ToolPattern["kind"], outcome: string): ToolPattern[] => {
		const texts = [told?.[key]].flat().filter((one): one is string => typeof one === "string");
		const from = file.text.search(new RegExp(`^\\s*"${key}"\\s*:|[{,]\\s*"${key}"\\s*:`, "m"));
		return made(
			file,
			texts.map((text) => ({ text, at: file.text.indexOf(JSON.stringify(text), from) + 1 })),
			key,
			kind,
			outcome,
		);
	};
	const parents = of("extends", "file", "the compiler stops").filter(({ text }) => text.startsWith("."));
	return [
		...of("include", "patterns", "the compiler has no input"),
		...of("files", "file", "the compiler stops"),
		...parents.map((one) => ({ ...one, path: one.path.endsWith(".json") ? one.path : `${one.path}.json` })),
	];
}

/** `key = "a"` and `key = ["a", "b"]` of one table. */
function inTable(file: SourceFile, table: RegExp, key: string): Setting[] {
	const head = file.matches(/^\[\[?([^\]\n]+)\]\]?[ \t]*(?:#.*)?$/gm);
	return head.flatMap((one, index) => {
		if (!table.test(one[1]!)) return [];
		const from = one.index + one[0].length;
		const body = file.text.slice(from, head[index + 1]?.index);
		const found = new RegExp(
			`^[ \\t]*${key}[ \\t]*=[ \\t]*(\\[[^\\]]*\\]|"[^"\\n]*"|'[^'\\n]*'|\\{[^}\\n]*\\})`,
			"m",
		).exec(body);
		if (found === null) return [];
		const start = from + found.index + found[0].length - found[1]!.length;
		const inline =
			/^\{.*\bfile\s*=\s*/.exec(found[1]!)?.[0].length ?? (found[1]!.startsWith("{") ? found[1]!.length : 0);
		const value = found[1]!.slice(inline).replaceAll(/^[ \t]*#.*$/gm, (text) => " ".repeat(text.length));
		const texts = [...value.matchAll(/(["'])([^"'\n]*)\1/g)];
		return (found[1]!.startsWith("{") ? texts.slice(0, 1) : texts).map(({ 2: text, index: at }) => ({
			text: text!,
			at: start + inline + at + 1,
		}));
	});
}

function inPyproject(file: SourceFile): ToolPattern[] {
	const of = (table: RegExp, key: string, kind: ToolPattern["kind"], outcome: string) =>
		made(file, inTable(file, table, key), key, kind, outcome).filter(
			({ text }) => kind === "patterns" || /[\w-]/.test(text),
		);
	const bare = (table: RegExp, key: string, outcome: string) =>
		inTable(file, table, key)
			.filter(({ text }) => /^[\w./-]+$/.test(text))
			.map(({ text, at }): ToolPattern => ({
				text,
				at,
				key,
				outcome,
				kind: "file",
				path: posix.join(folderOf(file), text),
			}));
	return [
		...of(/^tool\.pytest\.ini_options$/, "testpaths", "patterns", `${NO_TESTS} there`),
		...bare(/^project$|^tool\.poetry$/, "readme", "the package cannot be built"),
		...bare(/^tool\.hatch\.build\.targets\.wheel$/, "packages", "the package is built without it"),
		...bare(/^tool\.setuptools\.packages\.find$/, "where", "the package cannot be built"),
		...bare(/^tool\.mypy$/, "files", "mypy stops"),
	];
}

/** `testpaths` of pytest, one or several in a line or below it. */
function inIni(file: SourceFile): ToolPattern[] {
	const found = /^\[(?:tool:)?pytest\][^[]*?^testpaths[ \t]*=((?:[^\n]*)(?:\n[ \t]+[^\n]+)*)/ms.exec(file.text);
	if (found === null) return [];
	const from = found.index + found[0].length - found[1]!.length;
	const settings = [...found[1]!.matchAll(/[^\s#;]+/g)].map(({ 0: text, index }) => ({ text, at: from + index }));
	return made(file, settings, "testpaths", "patterns", `${NO_TESTS} there`);
}
