import { PERIMETER, markdownCell, perimeterSection } from "../contracts/perimeter.ts";
import { UserError } from "../errors/errors.ts";
import { visible } from "../secrets/leaving.ts";
import { columnsOf, named, parsePerimeter, tableOf, type EndpointRow } from "./document.ts";
import { sectionsOf, type Cell, type Row, type TextTable } from "./tables.ts";

/** What a row shall say. `tunnel` is for rows without a command. */
type NewEndpoint = Omit<EndpointRow, "line">;

interface Splice {
	from: number;
	to: number;
	text: string;
}

/**
 * The text with one instance's endpoint in it: its row is edited cell by cell, or added; the table is made where there
 * is none. A tunnel command that is there keeps its other words. Every other byte stays.
 * @throws UserError perimeter_invalid when the table cannot take it
 */
export function setEndpoint(text: string, found: NewEndpoint): string {
	const [host, via, tunnel] = [found.host, found.via, found.tunnel].map(visible) as [string, string, string];
	const endpoint = { ...found, host, via, tunnel };
	const sections = sectionsOf(text);
	const table = tableOf(sections, "endpoints");
	if (table) assertColumns(table);
	const rows = table ? rowsFor(table, endpoint.instance) : [];
	const splices = table
		? rows.length > 0
			? rows.flatMap((row) => rowSplices(text, table, row, endpoint))
			: [newRow(text, table, endpoint)]
		: [newTable(text, named(sections, "endpoints")[0]?.to, endpoint)];
	const next = splices
		.toSorted((a, b) => b.from - a.from)
		.reduce((out, splice) => out.slice(0, splice.from) + splice.text + out.slice(splice.to), text);
	assertRead(next, endpoint);
	return next;
}

function rowsFor(table: TextTable, instance: string): Row[] {
	const column = columnsOf(table).get("instance")!;
	return table.rows.filter(({ cells }) => cells[column]?.text === instance);
}

function rowSplices(text: string, table: TextTable, row: Row, endpoint: NewEndpoint): Splice[] {
	const columns = columnsOf(table);
	const before = (column: string): string => row.cells[columns.get(column) ?? -1]?.text ?? "";
	const tunnel = retarget(before("tunnel"), { host: before("host"), port: before("port") }, endpoint);
	const wanted = valuesFor(table, { ...endpoint, tunnel });
	const edited = row.cells.flatMap((cell, at) => {
		const value = wanted[at];
		return value === undefined || value === cell.text ? [] : [cellSplice(text, cell, value)];
	});
	const rest = wanted.slice(row.cells.length);
	if (rest.every((value) => (value ?? "") === "")) return edited;
	const added = rest.map((value) => ` ${markdownCell(value ?? "")} `);
	return [
		...edited,
		{ from: row.end, to: row.end, text: row.closed ? `${added.join("|")}|` : ` |${added.join("|")}`.trimEnd() },
	];
}

/** A value for each column of ours, undefined for the other ones. */
function valuesFor(table: TextTable, endpoint: NewEndpoint): (string | undefined)[] {
	const columns = columnsOf(table);
	const values: (string | undefined)[] = table.header.cells.map(() => undefined);
	for (const name of PERIMETER.endpoints.columns) {
		const at = columns.get(name);
		if (at !== undefined) values[at] = String(endpoint[name]);
	}
	return values;
}

/** Keeps a code span, and the width where that is possible: an aligned table stays one. */
function cellSplice(text: string, { from, to }: Cell, value: string): Splice {
	const [, lead = "", old = "", trail = ""] = /^(\s*)(.*?)(\s*)$/s.exec(text.slice(from, to))!;
	const content = /^`[^`]+`$/.test(old) ? `\`${markdownCell(value)}\`` : markdownCell(value);
	if (text[to] !== "|") return { from, to, text: lead + content + trail };
	if (old !== "" && trail === "") return { from, to, text: lead + content };
	return { from, to, text: `${`${old === "" ? " " : lead}${content}`.padEnd(to - from - 1)} ` };
}

/** A command for the old endpoint as it is for the new one; one that names no endpoint stays. */
function retarget(command: string, old: { host: string; port: string }, next: NewEndpoint): string {
	const host = (name: string): RegExp => new RegExp(`(?<![\\w.-])${RegExp.escape(name)}(?![\\w-]|\\.\\w)`, "g");
	if (/^[-–—]?$/.test(command)) return next.tunnel;
	if (old.host === "") return command;
	const port = new RegExp(`(-p\\s*|${RegExp.escape(next.host)}:)${RegExp.escape(old.port)}(?!\\d)`, "g");
	const moved = command.replaceAll(host(old.host), () => next.host);
	return old.port === "" ? moved : moved.replaceAll(port, (_all, before: string) => `${before}${next.port}`);
}

function newRow(text: string, table: TextTable, endpoint: NewEndpoint): Splice {
	const end = lineEnd(text);
	const shown = { ...endpoint, tunnel: `\`${endpoint.tunnel}\`` };
	const cells = valuesFor(table, shown).map((value, at) => {
		const { from, to } = table.header.cells[at]!;
		return `${` ${markdownCell(value ?? "")}`.padEnd(to - from - 1)} `;
	});
	const line = `|${cells.join("|")}|`;
	const behind = table.behind;
	const ended = /[\r\n]$/.test(text.slice(0, behind));
	return { from: behind, to: behind, text: ended ? line + end : end + line };
}

/** Below its heading, which ends at `to`, or with one at the end of the text. */
function newTable(text: string, to: number | undefined, endpoint: NewEndpoint): Splice {
	const end = lineEnd(text);
	const at = to ?? text.length;
	const { instance, host, port, via, tunnel } = endpoint;
	const section = perimeterSection("endpoints", [[instance, host, String(port), via, `\`${tunnel}\``]]);
	const lines = to === undefined ? section : section.split("\n").slice(2).join("\n");
	const above = text.slice(0, at);
	const gap =
		above.trim() === "" || /(\r\n|\r|\n)[^\S\r\n]*(\r\n|\r|\n)$/.test(above)
			? ""
			: /[\r\n]$/.test(above)
				? end
				: end + end;
	return { from: at, to: at, text: gap + lines.replaceAll("\n", end) + (at < text.length ? end : "") };
}

const lineEnd = (text: string): string => /\r\n|\n|\r/.exec(text)?.[0] ?? "\n";

function assertColumns(table: TextTable): void {
	const columns = columnsOf(table);
	const missing = PERIMETER.endpoints.required.filter((column) => !columns.has(column));
	if (missing.length > 0) throw invalid(`line ${table.header.line}: the table has no column ${missing.join(", ")}`);
}

function assertRead(text: string, { instance, host, port }: NewEndpoint): void {
	const { endpoints } = parsePerimeter(text);
	if (endpoints.some((row) => row.instance === instance && row.host === host && row.port === port)) return;
	throw invalid(`a row for ${instance} cannot be written so that it is read again`);
}

const invalid = (message: string): UserError =>
	new UserError("perimeter_invalid", `docs/Perimeter.md, ${PERIMETER.endpoints.heading}: ${message}`, {
		hint: "cres perimeter show lists what is wrong in it",
	});
