import { nearest } from "../../system/nearest.ts";
import { isNear } from "../calls/words.ts";
import { alembicTablesOf } from "../data/alembic-tables.ts";
import { tablesOf } from "../data/sql-tables.ts";
import type { Table } from "../data/table.ts";
import { editAt } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { modelColumnsOf } from "../python/orm-models.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS347",
	scope: "static",
	severity: "error",
	question: "Has every table the columns that statements and models of the code write and ask for?",
	why: "The statement fails when it runs, not before: `column … does not exist`, and the job it was for stays as it is.",
	example: "`UPDATE orders SET paid_on = now()` and the migration made `paid_at`.",
	run(tree) {
		const tables = tablesOf(tree);
		const files =
			tables.size === 0
				? []
				: tree
						.in("python", "javascript", "shell")
						.filter((file) => ["live", "test"].includes(standingOf(file.path)) && file.has(STATEMENT));
		return {
			looked: `${tables.size} tables, ${files.length} files with statements`,
			findings: asOne([...inModels(tree), ...files.flatMap((file) => inFile(file, tables))]),
		};
	},
} satisfies StaticCheck;

/** Columns of classes of SQLAlchemy that no migration makes. */
function inModels(tree: Tree): Found[] {
	const tables = alembicTablesOf(tree);
	const all = tables.size === 0 ? [] : modelColumnsOf(tree);
	return [...Map.groupBy(all, ({ table }) => table.toLowerCase())].flatMap(([name, columns]) => {
		const table = tables.get(name);
		if (table === undefined || table.open || table.columns.size === 0) return [];
		const missing = columns.filter(({ column }) => !table.columns.has(column.toLowerCase()));
		// What shares little with the table is of another one with its name.
		if (missing.length * 2 > columns.length) return [];
		const unused = [...table.columns].filter((one) => !columns.some(({ column }) => column.toLowerCase() === one));
		return missing.map((one) => foundFor(one.file, one.at, one.column, table, missing.length === 1 ? unused : []));
	});
}

/** What a model and statements say alike is one fault. */
const asOne = (all: readonly Found[]): Found[] =>
	[...Map.groupBy(all, ({ message }) => message).values()].flatMap((same) => {
		const [first, ...rest] = same as [Found, ...Found[]];
		return first.fix.edit === undefined && rest.length > 0
			? [{ ...first, evidence: [...first.evidence, ...rest.map((one) => one.evidence[0])] as Found["evidence"] }]
			: same;
	});

const STATEMENT = /\b(?:insert\s+(?:or\s+\w+\s+)?into|update|select|delete\s+from)\s/i;
const STATEMENTS = /\b(insert\s+(?:or\s+\w+\s+)?into|update|delete\s+from|select)\s+/gi;
const NAME = String.raw`(?:["\`]?\w+["\`]?\.)?["\`]?(\w+)["\`]?`;

interface Used {
	table: string;
	columns: readonly string[];
}

function inFile(file: SourceFile, tables: ReadonlyMap<string, Table>): Found[] {
	const seen = new Set<number>();
	return file.matches(STATEMENTS).flatMap(({ index }): Found[] => {
		const written = statementAt(file, index);
		const { text, constants } = filledIn(file, written ?? "");
		const used = written === undefined ? undefined : usedIn(text);
		const table = used === undefined ? undefined : tables.get(used.table.toLowerCase());
		if (used === undefined || table === undefined || table.open || table.columns.size === 0) return [];
		if (file.language !== "shell" && kindAt(file, index) !== "string") return [];
		return used.columns.flatMap((column): Found[] => {
			if (table.columns.has(column.toLowerCase()) || WORD.test(column)) return [];
			const named = new RegExp(`\\b${column}\\b`);
			const from = constants.find((one) => named.test(file.text.slice(one.at, one.end)))?.at ?? index;
			const at = from + file.text.slice(from).search(named);
			if (at < from || seen.has(at)) return [];
			seen.add(at);
			return [foundFor(file, at, column, table)];
		});
	});
}

interface Constant {
	text: string;
	/** Offset and end of what it is given in the file. */
	at: number;
	end: number;
}

const JOINED = String.raw`(?:["']\s*,\s*["']\.join\(\s*)?[[(]\s*((?:["']\w+["']\s*,?\s*)+)[\])](?:\s*\.join\(\s*["']\s*,\s*["']\s*\))?`;

/** A constant of the file with one text, or with a list of names that is joined. */
function constantOf({ text }: SourceFile, name: string): Constant | undefined {
	const given = new RegExp(
		String.raw`^(?:export\s+)?(?:const\s+)?${name}(?:\s*:\s*\w+)?\s*=\s*(?:(["'\`])([^"'\`]*)\1|${JOINED})`,
		"dgm",
	);
	const [one, ...more] = text.matchAll(given);
	if (one === undefined || more.length > 0 || /[${}]/.test(one[2] ?? "")) return undefined;
	const [at, end] = one.indices![2] ?? one.indices![3]!;
	return { text: one[2] ?? one[3]!.replaceAll(/["']|,\s*$/g, ""), at, end };
}

/** With the texts of constants of the same file: `SELECT ${COLUMNS} FROM …`. */
function filledIn(file: SourceFile, statement: string): { text: string; constants: readonly Constant[] } {
	const constants: Constant[] = [];
	const text = statement.replaceAll(/\$?\{([A-Za-z_]\w*)\}/g, (all, name: string) => {
		const one = constantOf(file, name);
		if (one !== undefined) constants.push(one);
		return one?.text ?? all;
	});
	return { text, constants };
}

/** Words of SQL that stand where a column does. */
const WORD =
	/^(?:\d\w*|and|or|not|null|true|false|now|current_\w+|excluded|case|when|then|else|end|exists|distinct|all|any|where|set|from|default|rowid|ctid|oid|xmin|tableoid|is|in|like|between|interval|date|timestamp)$/i;

/** The statement within its text; texts that stand side by side are one. Undefined where its end is not found. */
function statementAt(file: SourceFile, from: number): string | undefined {
	const before = file.text.slice(Math.max(0, from - 400), from);
	const quote = /("""|'''|["'`])[^"'`]*$/.exec(before)?.[1];
	const joined = file.text.slice(from, from + 3000).replaceAll(/(["'])[ \t]*\\?\n[ \t]*[furb]*\1/g, " ");
	const end = quote === undefined ? -1 : joined.indexOf(quote);
	return end === -1 ? undefined : joined.slice(0, end).replace(/;[^]*$/, "");
}

const names = (list: string, pattern: RegExp): string[] => [...list.matchAll(pattern)].map(([, name]) => name!);
const COMPARED = /(?<![\w.:$%@"'`({])(\w+)\s*(?:=|<>|!=|<=?|>=?|\bis\b|\bin\b|\blike\b|\bilike\b|\bbetween\b)/gi;

/** One table and the columns of it that a simple statement names; undefined for what joins or nests. */
function usedIn(text: string): Used | undefined {
	const bare = text.replaceAll(/'[^']*'/g, "''").replaceAll(/--[^\n]*/g, "");
	if (/\bjoin\b|\bunion\b|\bwith\b|\blateral\b/i.test(bare) || (bare.match(/\bselect\b/gi)?.length ?? 0) > 1)
		return undefined;
	const insert = new RegExp(String.raw`^insert\s+(?:or\s+\w+\s+)?into\s+${NAME}\s*\(([^()]*)\)`, "i").exec(bare);
	if (insert !== null) return { table: insert[1]!, columns: names(insert[2]!, /(?:^|,)\s*["`]?(\w+)["`]?\s*(?=,|$)/g) };
	const rest =
		/\bwhere\b([^]*?)(?=\border\s+by\b|\bgroup\s+by\b|\blimit\b|\breturning\b|\bfor\b|$)/i.exec(bare)?.[1] ?? "";
	const compared = names(rest, COMPARED);
	const update = new RegExp(
		String.raw`^update\s+(?:only\s+)?${NAME}\s+set\s+([^]*?)(?=\bwhere\b|\bfrom\b|\breturning\b|$)`,
		"i",
	).exec(bare);
	if (update !== null && !/\bfrom\b/i.test(bare))
		return { table: update[1]!, columns: [...names(flat(update[2]!), /(?:^|,)\s*["`]?(\w+)["`]?\s*=/g), ...compared] };
	const gone = new RegExp(String.raw`^delete\s+from\s+${NAME}\s+(?:where\b|$)`, "i").exec(bare);
	if (gone !== null) return { table: gone[1]!, columns: compared };
	const select = new RegExp(
		String.raw`^select\s+(?:distinct\s+)?([^]*?)\s+from\s+${NAME}\s*(?=$|where\b|order\b|limit\b|group\b|for\b)`,
		"i",
	).exec(bare);
	if (select === null || /\bfrom\b[^]*\bfrom\b/i.test(bare)) return undefined;
	const listed = names(flat(select[1]!), /(?:^|,)\s*["`]?(\w+)["`]?\s*(?:\bas\s+["`]?\w+["`]?\s*)?(?=,|$)/gi);
	const aliases = new Set(names(bare, /\bas\s+["`]?(\w+)/gi));
	const ordered = names(
		/\border\s+by\s+([\w\s,]+?)(?=\blimit\b|\boffset\b|\bfor\b|$)/i.exec(bare)?.[1] ?? "",
		/(?:^|,)\s*(\w+)/g,
	);
	return { table: select[2]!, columns: [...listed, ...compared, ...ordered.filter((one) => !aliases.has(one))] };
}

/** Without what stands in brackets. */
function flat(text: string): string {
	let now = text;
	for (let before = ""; before !== now;) {
		before = now;
		now = now.replaceAll(/\([^()]*\)/g, "()");
	}
	return now;
}

/** `unused`: columns of the table that nothing asks for. */
function foundFor(file: SourceFile, at: number, column: string, table: Table, unused: readonly string[] = []): Found {
	const all = [...table.columns];
	const near = all.filter((one) => isNear(one, column));
	const meant = nearest(column, all, 2) ?? (near.length === 1 ? near[0] : undefined);
	const other = unused.length === 1 ? `, or call ${unused[0]!}, which no model has, so in the migration` : "";
	return {
		message: `${column} is no column of ${table.name}, which has ${all.slice(0, 12).join(", ")}`,
		evidence: [file.placeAt(at), ...table.places.slice(0, 3).map((one) => one.file.placeAt(one.at))],
		fix: {
			say: meant === undefined ? `name a column that it has, or add one by a migration${other}` : `write ${meant}`,
			...(meant === undefined ? {} : editAt(file, at, column, meant)),
		},
	};
}
