import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";

const KEY = String.raw`(?:[\w./$@-][\w ./$@()-]*|"[^"\\]*"|'[^']*')`;
const LINE = new RegExp(String.raw`^( *)((?:- +)*)(?:(${KEY}) *:(?= |$))?(.*)$`);
/** A value of one line that can be nothing else. */
const VALUE =
	/^(?:[&*][\w-]+|(?:[A-Za-z0-9_./$~+(=^]|-(?=[^\s-]))(?:[^:#]|:(?! |$)|(?<! )#)*|'[^']*'|"[^"\\]*"|\[(?:\s*(?:[\w./$@:*-]+(?: [\w./$-]+)*|"[^"\\]*"|'[^']*')\s*(?:,|(?=\])))*\s*\]|\{\})?\s*(?:#.*)?$/;

interface Level {
	indent: number;
	/** Of a mapping; a sequence has none. */
	keys?: Set<string>;
}

/**
 * Whether lines are YAML beyond doubt: keys, lists, values of one line and block scalars, in straight indentation and
 * without a key twice. False says nothing: then a parser must look, which takes ten times as long.
 */
export function isPlainYaml(lines: readonly string[]): boolean {
	let levels: Level[] = [];
	/** The last line left a place for something below it; its indentation. */
	let open: number | undefined = -1;
	for (let at = 0; at < lines.length; at += 1) {
		const line = lines[at]!.trimEnd();
		if (/^\s*(?:#|$)/.test(line)) continue;
		if (line.startsWith("---") && /^---(?: #.*)?$/.test(line)) {
			[levels, open] = [[], -1];
			continue;
		}
		const [, spaces, dashes, key, rest] = LINE.exec(line) ?? [];
		if (spaces === undefined || dashes === undefined) return false;
		const value = rest!.trimStart();
		const bare = dashes === "" && value === "-" && key === undefined;
		if (key === undefined && dashes === "" && !bare) return false;
		const indent = spaces.length;
		if (!place(levels, indent, dashes, key, open, bare)) return false;
		const own = indent + (key === undefined ? 0 : dashes.length);
		const block = (value.startsWith("|") || value.startsWith(">")) && /^[|>][+-]?\s*(?:#.*)?$/.test(value);
		if (block) {
			const end = blockEnd(lines, at, key === undefined ? indent + dashes.length - 2 : own);
			if (end === undefined) return false;
			at = end;
		} else if (!bare && value !== "" && !VALUE.test(value)) return false;
		open = bare || value === "" || (!block && /^(?:&[\w-]+\s*(?:#.*)?|#.*)$/.test(value)) ? own : undefined;
	}
	return true;
}

/** The same of a whole file, which is read once. */
export const isPlainFile = once(({ lines }: SourceFile): boolean => isPlainYaml(lines));

/** Finds a line's place among the levels; false when it has none, or its key is there. */
function place(
	levels: Level[],
	indent: number,
	dashes: string,
	key: string | undefined,
	open: number | undefined,
	bare: boolean,
): boolean {
	while (levels.length > 0 && levels.at(-1)!.indent > indent) levels.pop();
	let level = levels.at(-1);
	const isItem = dashes !== "" || bare;
	// A list may stand at the indentation of its key.
	if (level !== undefined && level.indent === indent && isItem && level.keys !== undefined) {
		if (open !== indent) return false;
		level = undefined;
	}
	if (level !== undefined && level.indent === indent && !isItem && level.keys === undefined) {
		levels.pop();
		level = levels.at(-1);
		if (level?.indent !== indent) return false;
	}
	if (level === undefined || level.indent !== indent) {
		if (open === undefined || (indent <= open && !(isItem && indent === open))) return false;
		level = isItem ? { indent } : { indent, keys: new Set() };
		levels.push(level);
	}
	if (!isItem) return add(level.keys!, key!);
	for (let at = indent; key !== undefined || at < indent + dashes.length - 2;) {
		at += 2;
		if (at >= indent + dashes.length) break;
		levels.push({ indent: at });
	}
	if (key !== undefined) levels.push({ indent: indent + dashes.length, keys: new Set([key]) });
	return !/ {2}/.test(dashes);
}

function add(keys: Set<string>, key: string): boolean {
	if (keys.has(key)) return false;
	keys.add(key);
	return true;
}

/** The last line of a block scalar whose key stands at this indentation; undefined when a line of it is out of line. */
function blockEnd(lines: readonly string[], at: number, indent: number): number | undefined {
	let [end, first] = [at, -1];
	for (; end + 1 < lines.length; end += 1) {
		const line = lines[end + 1]!;
		const width = /^ */.exec(line)![0].length;
		if (line.trim() === "") continue;
		if (width <= indent) break;
		if (first === -1) first = width;
		else if (width < first) return undefined;
	}
	return end;
}
