import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";

/** A line of YAML with the keys above it. */
export interface OutlineLine {
	/** Keys from the root, the own one last; `-` for an item of a list. */
	path: readonly string[];
	/** Behind the colon or the dash, without quotes and comment; the line itself inside a literal block. */
	value: string;
	/** Counted from 1. */
	line: number;
	/** A line of a literal block (`|`, `>`): text of the key above. */
	block: boolean;
}

const KEY = /^(\s*)((?:-\s+)*)(?:("[^"]*"|'[^']*'|[^\s#:'"[{-][^:#]*|-[^\s:#][^:#]*)\s*:(?:\s+(.*))?)$/;
const ITEM = /^(\s*)((?:-\s+)+|-$)(.*)$/;

/** A longer line is data. */
const LONGEST = 5000;

/** Block style alone, line by line, so that templates and broken files have an outline, too. */
export const outlineOf = once((file: SourceFile): readonly OutlineLine[] => outline(file.lines));

interface Open {
	indent: number;
	key: string;
}

function outline(lines: readonly string[]): OutlineLine[] {
	const found: OutlineLine[] = [];
	const open: Open[] = [];
	let literal: { indent: number; path: readonly string[] } | undefined;
	for (const [index, line] of lines.entries()) {
		if (line.length > LONGEST) continue;
		const indent = line.length - line.trimStart().length;
		if (literal && (line.trim() === "" || indent > literal.indent)) {
			found.push({ path: literal.path, value: line.trim(), line: index + 1, block: true });
			continue;
		}
		literal = undefined;
		if (/^\s*(?:#|$)|^---|^\.\.\./.test(line)) continue;
		while (open.length > 0 && open.at(-1)!.indent >= indent) open.pop();
		const read = readLine(line, indent);
		open.push(...read.open);
		const path = open.map(({ key }) => key);
		found.push({ path, value: bare(read.value), line: index + 1, block: false });
		if (/^[|>][-+\d]*\s*(?:#.*)?$/.test(read.value)) literal = { indent, path };
	}
	return found;
}

/** `- a: b` opens an item and a key inside of it. */
function readLine(line: string, indent: number): { open: Open[]; value: string } {
	const key = KEY.exec(line);
	const item = key ? undefined : ITEM.exec(line);
	const items = itemsIn(key?.[2] ?? item?.[2] ?? "", indent);
	if (!key) return { open: items, value: item?.[3] ?? line.trim() };
	const own = { indent: indent + key[2]!.length, key: bare(key[3]!) };
	return { open: [...items, own], value: key[4] ?? "" };
}

function itemsIn(dashes: string, indent: number): Open[] {
	if (dashes === "") return [];
	const { length } = dashes.replaceAll(/\s/g, "");
	return Array.from({ length }, (_, at): Open => ({ indent: indent + at * 2, key: "-" }));
}

function bare(text: string): string {
	const trimmed = text.trim();
	const quoted = /^["']/.test(trimmed) ? /^(["'])(.*)\1(?:\s+#.*)?$/.exec(trimmed) : null;
	if (quoted) return quoted[2]!;
	return !trimmed.includes("#") ? trimmed : trimmed.replace(/(?:^|\s)#.*$/, "").trimEnd();
}
