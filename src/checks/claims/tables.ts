import { standingOf } from "../facts/standing.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** One row of a table of Markdown. */
export interface Row {
	/** Header in lower case → text of the cell, without code marks. */
	cells: ReadonlyMap<string, string>;
	/** Counted from 1. */
	line: number;
}

const cellsOf = (line: string): string[] =>
	line
		.trim()
		.replace(/^\||\|$/g, "")
		.split(/(?<!\\)\|/)
		.map((cell) => cell.replaceAll("`", "").trim());

/** The tables of a document, each with its rows. */
export function tablesIn({ lines }: SourceFile): Row[][] {
	const tables: Row[][] = [];
	for (let at = 1; at < lines.length; at += 1) {
		if (!/^\s*\|?[\s:|-]*-{2,}[\s:|-]*$/.test(lines[at]!) || !lines[at]!.includes("|") || !lines[at - 1]!.includes("|"))
			continue;
		const head = cellsOf(lines[at - 1]!).map((cell) => cell.toLowerCase());
		const rows: Row[] = [];
		for (at += 1; at < lines.length && lines[at]!.includes("|"); at += 1)
			rows.push({ cells: new Map(cellsOf(lines[at]!).map((cell, index) => [head[index] ?? "", cell])), line: at + 1 });
		tables.push(rows);
	}
	return tables;
}

/** The rows of all tables in the tree's documents. */
export const documentRows = once((tree: Tree): readonly (Row & { file: SourceFile })[] =>
	tree
		.in("markdown")
		.filter(({ path }) => standingOf(path) === "docs")
		.flatMap((file) => tablesIn(file).flatMap((table) => table.map((row) => ({ ...row, file })))),
);
