import { standingOf } from "../facts/standing.ts";
import { callsOf } from "../python/calls.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Table } from "./table.ts";

const OPERATION = /\b(?:op|batch_op|batch)\.(create_table|add_column|drop_column|alter_column)\s*\(/g;
const TEXT = /^\s*(?:\w+\s*=\s*)?["']([\w.]+)["']/;

/**
 * The tables that the migrations of Alembic make, by their names in lower case: those of `upgrade()`. A table is open
 * where a migration changes it in a way that is not read: by SQL, in a batch, under another name, in a loop.
 */
export const alembicTablesOf = once((tree: Tree): ReadonlyMap<string, Table> => {
	const tables = new Map<string, Table>();
	const files = tree
		.in("python")
		.filter((file) => file.includes("down_revision") && file.includes("op.") && standingOf(file.path) === "live");
	const parts = files.map((file) => ({ file, ...upgradeOf(file) }));
	for (const { file, text, from } of parts)
		for (const { name, inside, at } of callsOf(text, OPERATION))
			if (name.endsWith("create_table")) create(tables, file, inside, from + at);
	for (const { file, text, from } of parts) change(tables, file, text, from);
	return parts.some(({ text }) => isComputed(text)) ? new Map() : tables;
});

/** What `upgrade` does, without what takes it back. */
function upgradeOf({ text }: SourceFile): { text: string; from: number } {
	const from = text.search(/^def upgrade\b/m);
	const rest = from === -1 ? "" : text.slice(from);
	const end = rest.slice(1).search(/^(?:async )?def /m);
	return { text: end === -1 ? rest : rest.slice(0, end + 1), from };
}

/** A table whose name no text says may be any. */
const isComputed = (text: string): boolean =>
	callsOf(text, OPERATION).some(({ name, inside }) => name.startsWith("op.") && !TEXT.test(inside));

function create(tables: Map<string, Table>, file: SourceFile, inside: string, at: number): void {
	const name = TEXT.exec(inside)?.[1];
	if (name === undefined) return;
	const columns = callsOf(inside, /\b(?:\w+\.)?Column\s*\(/g).map((one) => TEXT.exec(one.inside)?.[1]);
	const key = name.toLowerCase();
	const before = tables.get(key);
	tables.set(key, {
		name,
		columns: new Set([...(before?.columns ?? []), ...columns.flatMap((one) => one?.toLowerCase() ?? [])]),
		open: (before?.open ?? false) || columns.includes(undefined) || /,\s*\*\w/.test(inside),
		places: [...(before?.places ?? []), { file, at }],
	});
}

function change(tables: Map<string, Table>, file: SourceFile, text: string, from: number): void {
	for (const { name, inside, at } of callsOf(text, OPERATION)) {
		const [, first, rest] = /^\s*(?:table_name\s*=\s*)?["'](\w+)["']\s*,?([^]*)$/.exec(inside) ?? [];
		const table = tables.get(first?.toLowerCase() ?? "");
		if (table === undefined || !name.startsWith("op.") || name.endsWith("create_table")) continue;
		table.places.push({ file, at: from + at });
		const named = /(?:^|\(|column_name\s*=)\s*["'](\w+)["']/.exec(rest!)?.[1]?.toLowerCase();
		const next = /\bnew_column_name\s*=\s*["'](\w+)["']/.exec(rest!)?.[1]?.toLowerCase();
		if (named === undefined) table.open = true;
		else if (name.endsWith("add_column")) table.columns.add(named);
		else if (name.endsWith("drop_column") || next !== undefined) table.columns.delete(named);
		if (next !== undefined) table.columns.add(next);
	}
	for (const table of tables.values())
		if (UNREAD.test(text) && new RegExp(`\\b${table.name}\\b`).test(text)) table.open = true;
}

const UNREAD = /\bop\.(?:execute|batch_alter_table|rename_table|drop_table|get_bind)\b|\bfor\s+\w+\s+in\b/;
