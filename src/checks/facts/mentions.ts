import type { Language } from "../tree/languages.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

/** Where names in capitals stand, whatever is done with them. */
export interface Mentions {
	/** A program or a test may read it: it stands in code, or in a setting where it is not given a value. */
	inCode: ReadonlySet<string>;
	/** The same without lists of names in settings, which hand names on. */
	inPrograms: ReadonlySet<string>;
	/** It stands in a document, a setting or a comment. */
	elsewhere: ReadonlySet<string>;
	/** Whether a name may be put together at run time, or come from a class of settings. */
	mayBeBuilt: (name: string) => boolean;
}

const NAME = /(?<![\w$-])[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9](?!\w)/g;
const CODE = new Set<Language>(["python", "javascript", "shell", "powershell", "batch", "text"]);
const COMMENT = /^\s*(?:#|\/\/|\*|;|--|<!--|rem\b|::)/i;

export const mentionsOf = once((tree: Tree): Mentions => {
	const [inPrograms, listed, elsewhere] = [new Set<string>(), new Set<string>(), new Set<string>()];
	const built: RegExp[] = [];
	for (const file of tree.files) {
		const standing = standingOf(file.path);
		if (standing === "vendored" || standing === "history" || file.text.length > 400_000) continue;
		mention(file, standing === "docs", { inPrograms, listed, elsewhere });
		if (CODE.has(file.language) || file.language === "yaml") built.push(...builtIn(file.text));
		for (const name of settingsIn(file)) inPrograms.add(name);
	}
	const inCode = inPrograms.union(listed);
	return { inCode, inPrograms, elsewhere, mayBeBuilt: (name: string) => built.some((pattern) => pattern.test(name)) };
});

/** Sets that a file adds its names to. */
type Into = Record<"elsewhere" | "inPrograms" | "listed", Set<string>>;

function mention(file: SourceFile, document: boolean, { inPrograms, listed, elsewhere }: Into): void {
	const code = CODE.has(file.language) && !document;
	for (const { 0: name, index } of file.matches(NAME)) {
		if (elsewhere.has(name) && (document || inPrograms.has(name))) continue;
		const start = file.text.lastIndexOf("\n", index - 1) + 1;
		const before = file.text.slice(start, index);
		const comment = COMMENT.test(before);
		if (!code || comment) elsewhere.add(name);
		if (document || comment || inPrograms.has(name)) continue;
		const after = file.text.slice(index + name.length, index + name.length + 3);
		const set = SET[file.language]?.test(`${before}\0${after}`) ?? false;
		if (!set) (LISTS.has(file.language) && ITEM.test(`${before}\0${after}`) ? listed : inPrograms).add(name);
	}
}

const LISTS = new Set<Language>(["json", "yaml", "toml"]);
/** An item on a line of its own. */
const ITEM = /^\s*["']\0["'],?\s*$/;

/** The beginning of a line up to a NUL for the name, and what follows: whether it only gives the name a value. */
const GIVES = /^[\s"']*(?:-\s+)*["']?\0["']?\s*[:=]|^\s*(?:-\s+)(?:name:\s*)?["']?\0["']?\s*$/;
const SET: Partial<Record<Language, RegExp>> = {
	env: /^\s*(?:export\s+)?\0/,
	ini: /(?:^|[\s,=])\0=/,
	yaml: GIVES,
	json: GIVES,
	toml: GIVES,
	dockerfile: /^(?:\s*(?:ENV|ARG)\s+|\s*)(?:.*\s)?\0[=\s]/,
	shell: /(?:^\s*(?:export|readonly)?\s*|(?:-e|--env)[ =]["']?)\0=/,
	powershell: /^\s*\$env:\0\s*=/i,
	batch: /^\s*@?set\s+"?\0=/i,
};

/** `f"{prefix}_ENDPOINT"`, `${name}_KEY`, `"APP_" + name`. */
function builtIn(text: string): RegExp[] {
	if (!/[}%]_?[A-Z]|_[{$%"'`]/.test(text)) return [];
	const ends = [...text.matchAll(/[}](_[A-Z0-9_]{2,})["'`\s)}]/g)].map(([, end]) => new RegExp(`${end!}$`));
	const starts = [
		...text.matchAll(/(?<!env_prefix["']?\s*[=:]\s*)["'`]([A-Z][A-Z0-9_]*_)(?:[{$%]|["'`]\s*[+%]|["'`]\)?\s*$)/gm),
	].map(([, start]) => new RegExp(`^${start!}`));
	const nested = text.includes("env_nested_delimiter") ? [/__/] : [];
	const prefixes = text.includes("BaseSettings")
		? []
		: [...text.matchAll(/(?:env_prefix|startswith|startsWith|prefix)\w*\s*[=:(]\s*["'`]([A-Z][A-Z0-9_]*_)["'`]/g)];
	return [...nested, ...ends, ...starts, ...prefixes.map(([, start]) => new RegExp(`^${start!}`))];
}

/** Fields of a class of settings are names of the environment, in capitals or not. */
function settingsIn(file: SourceFile): string[] {
	if (file.language !== "python" || !file.has(/BaseSettings|environ\.config|pydantic_settings/)) return [];
	const prefixes = file.matches(/env_prefix["']?\s*[=:]\s*["'](\w+)["']/g).map(([, prefix]) => prefix!);
	// A class without a prefix takes the names as they are.
	const classes = file.text.match(/^class\s+\w+\([^)]*Settings[^)]*\)/gm) ?? [];
	const all = prefixes.length > 0 && prefixes.length >= classes.length ? prefixes : [...prefixes, ""];
	return file
		.matches(/^[ \t]+([a-z][a-z0-9_]+)\s*:/gm)
		.flatMap(([, name]) => all.map((prefix) => `${prefix}${name!}`.toUpperCase()));
}
