import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { alembicTablesOf } from "./alembic-tables.ts";
import type { Table } from "./table.ts";

const MADE =
	/\bcreate\s+(?:(?:global\s+|local\s+)?temp(?:orary)?\s+|unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?(?:["`]?\w+["`]?\.)?["`]?(\w+)["`]?\s*(\(|as\b|\w)/gi;
const ALTERED = /\balter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?(?:["`]?\w+["`]?\.)?["`]?(\w+)["`]?\s+([^;]*)/gi;
const NO_COLUMN =
	/^(?:constraint|primary|foreign|unique|check|exclude|fulltext|spatial|period)\b|^(?:index|key)\b\s*(?:\w+\s*)?\(/i;

/** `create.sql.postgres` is SQL, too. */
const CODE = /\.(?:sql(?:\.\w+)?|ddl|psql|py|[cm]?[jt]s|sh)$/;

/** Every table that SQL and migrations of Alembic make, by its name in lower case. Migrations of other tools make none. */
export function tablesOf(tree: Tree): ReadonlyMap<string, Table> {
	const tables = new Map<string, Table>();
	const files = tree.files.filter(
		(file) =>
			CODE.test(file.path) &&
			file.has(/\bcreate\b[^;]{0,60}\btable\b/i) &&
			["live", "example"].includes(standingOf(file.path)),
	);
	for (const file of files) for (const made of file.matches(MADE)) addTable(tables, file, made);
	for (const file of tree.files.filter(
		(file) => tables.size > 0 && CODE.test(file.path) && file.has(/\balter\s+table\b/i),
	))
		for (const { 1: name, 2: changes, index } of file.matches(ALTERED)) {
			const table = tables.get(name!.toLowerCase());
			if (table !== undefined) alter(table, changes!, file, index);
		}
	for (const file of tree.in("python", "javascript"))
		if (tables.size > 0 && file.has(/\b(?:add_column|alterTable|addColumn|batch_alter_table|createTable)\(/))
			for (const table of tables.values())
				if (new RegExp(`["'\`]${table.name}["'\`]`).test(file.text)) table.open = true;
	for (const [name, table] of alembicTablesOf(tree)) {
		const other = tables.get(name);
		if (other === undefined) tables.set(name, table);
		else other.open = true;
	}
	return tables;
}

function addTable(
	tables: Map<string, Table>,
	file: SourceFile,
	{ 0: all, 1: name, 2: next, index }: RegExpExecArray,
): void {
	const key = name!.toLowerCase();
	const table = tables.get(key) ?? { name: name!, columns: new Set<string>(), open: false, places: [] };
	tables.set(key, table);
	table.places.push({ file, at: index });
	const body = next === "(" ? bodyFrom(file.text, index + all.length) : undefined;
	if (
		body === undefined ||
		/\blike\s+\w|[{}]|\$\{|%s/i.test(body.text) ||
		/^\s*inherits\b/i.test(file.text.slice(body.end + 1, body.end + 40))
	)
		table.open = true;
	for (const part of body?.parts ?? []) {
		const column = /^["'`[\s]*(\w+)/.exec(part)?.[1];
		if (column !== undefined && !NO_COLUMN.test(part)) table.columns.add(column.toLowerCase());
	}
}

/** The parts of a list in brackets, without comments. */
function bodyFrom(text: string, from: number): { parts: string[]; text: string; end: number } | undefined {
	const parts = [""];
	let depth = 0;
	for (let at = from; at < text.length && at - from < 20_000; at += 1) {
		const sign = text[at]!;
		if (text.startsWith("--", at)) at = Math.max(at, text.indexOf("\n", at));
		else if (sign === "'") at = Math.max(at, text.indexOf("'", at + 1));
		else if (sign === ")" && depth === 0)
			return { parts: parts.map((one) => one.trim()), text: text.slice(from, at), end: at };
		else if (sign === "," && depth === 0) parts.push("");
		else {
			if (sign === "(") depth += 1;
			if (sign === ")") depth -= 1;
			parts[parts.length - 1] += sign;
		}
	}
	return undefined;
}

const CHANGE =
	/\b(add|drop|rename)\s+(?:column\s+)?(?:if\s+(?:not\s+)?exists\s+)?["`]?(\w+)["`]?(?:\s+to\s+["`]?(\w+))?/gi;

function alter(table: Table, changes: string, file: SourceFile, at: number): void {
	for (const [, what, column, next] of changes.matchAll(CHANGE)) {
		if (NO_COLUMN.test(column!) || /^to$/i.test(column!)) continue;
		table.places.push({ file, at });
		if (what!.toLowerCase() === "add") table.columns.add(column!.toLowerCase());
		if (what!.toLowerCase() === "rename" && next !== undefined) {
			table.columns.delete(column!.toLowerCase());
			table.columns.add(next.toLowerCase());
		}
		if (what!.toLowerCase() === "drop") table.columns.delete(column!.toLowerCase());
	}
}
