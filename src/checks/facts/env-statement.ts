import type { SourceFile } from "../tree/source-file.ts";

/** What one line says about a name of the environment. */
export interface EnvStatement {
	name: string;
	how: "reads" | "sets";
	/** What is set, or the default of what is read, where it is literal. */
	value: string | undefined;
	/** A read that has a default, literal or not. */
	defaulted: boolean;
	/** A read that fails where the name is not set. */
	needed: boolean;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
	/** What the line belongs to: `program:worker`, `services.api`; empty for the file itself. */
	block: string;
	/** It is not carried out. */
	comment: boolean;
}

type Said = Partial<EnvStatement> & Pick<EnvStatement, "name" | "how" | "file" | "line">;

/** Texts that are said once and again are kept once: a name stands in many places. */
const MOST_TEXTS = 20_000;
const texts = new Map<string, string>();

function kept(text: string): string {
	const before = texts.get(text);
	if (before !== undefined) return before;
	if (texts.size >= MOST_TEXTS) texts.clear();
	texts.set(text, text);
	return text;
}

export const statement = ({ name, how, value, defaulted, needed, file, line, block, comment }: Said): EnvStatement => ({
	name: kept(name),
	how,
	value: value === undefined ? undefined : kept(value),
	defaulted: defaulted ?? (value !== undefined && how === "reads"),
	needed: needed ?? false,
	file,
	line,
	block: block ?? "",
	comment: comment ?? false,
});

/** `PORT`, `API_PORT`. */
export const isPortName = (name: string): boolean => name === "PORT" || name.endsWith("_PORT");

/** What a literal begins with: a quote, a digit, or the first letter of a prefix or of a word that stands for a value. */
const BEGINS: ReadonlySet<string | undefined> = new Set("\"'`rbu0123456789-TFtfNn$");

/** The value of a literal as programs write it; undefined when it is computed. Empty texts and nothings are "". */
export function literalIn(text: string): string | undefined {
	const trimmed = text.trim();
	if (!BEGINS.has(trimmed[0])) return undefined;
	const quoted = /^[rbu]?(["'`])((?:(?!\1)[^\\]|\\.)*)\1/.exec(trimmed);
	if (quoted) return quoted[1] === "`" && quoted[2]!.includes("${") ? undefined : quoted[2]!;
	if (/^-?\d[\d_]*(?:\.\d+)?(?![\w.])/.test(trimmed)) return /^-?[\d_.]+/.exec(trimmed)![0].replaceAll("_", "");
	const word = /^(True|False|true|false|None|null|undefined|\$true|\$false|\$null)\b/.exec(trimmed)?.[1];
	if (word === undefined) return undefined;
	return /none|null|undefined/i.test(word) ? "" : word.replace("$", "").toLowerCase();
}

/** The value that is set, unless it is computed: `$X`, `%(ENV_X)s`, `${{ … }}`, `{{ … }}`, `<placeholder>`. */
export function plainValue(text: string): string | undefined {
	const trimmed = text.trim();
	const quoted = /^(["'])(.*)\1$/.exec(trimmed);
	const value = quoted ? quoted[2]! : trimmed;
	return /\$[\w({]|%\(|\{\{|^<|`|%\w+%/.test(value) ? undefined : value;
}
