import { PERIMETER, type PerimeterSection } from "../contracts/perimeter.ts";
import { canonicalHost, hostMatcher } from "./address.ts";
import { sectionsOf, type Section, type TextTable } from "./tables.ts";

/** Something in docs/Perimeter.md that cannot be read as it stands. */
interface Fault {
	/** Counted from 1, as all lines here. */
	line: number;
	message: string;
}

interface Plane {
	name: string;
	where: string;
	runs: string;
	neverRuns: string;
	line: number;
}

interface Host {
	/** Logical name. */
	name: string;
	plane: string;
	/** Where it is reached; empty when none is written down. */
	addresses: string[];
	/** Its address changes; see the endpoints. */
	floating: boolean;
	/** For people; `plain: …` allows it to be spoken to in clear. */
	what: string;
	line: number;
}

export interface Service {
	service: string;
	plane: string;
	/** Null where the platform chooses it. */
	port: number | null;
	reachedFrom: string[];
	line: number;
}

/** An address, range (`10.0.0.0/8`), host name or `*.name`. */
export interface AddressRule {
	address: string;
	/** Empty: every port. */
	ports: number[];
	why: string;
	line: number;
}

export interface EndpointRow {
	instance: string;
	host: string;
	port: number;
	via: string;
	/** Command that opens the tunnel. */
	tunnel: string;
	line: number;
}

/** docs/Perimeter.md as data. Headings, columns and prose that it does not know are ignored. */
export interface PerimeterDocument {
	planes: Plane[];
	hosts: Host[];
	ports: Service[];
	/** What instances may reach besides the hosts of the control plane; wins over `forbidden`. */
	allowed: AddressRule[];
	forbidden: AddressRule[];
	endpoints: EndpointRow[];
	/** In the order of their lines. */
	faults: Fault[];
}

/** The cells of one row by the name of their column; empty for what the row lacks. */
interface Line {
	line: number;
	cell: (column: string) => string;
}

type Report = (line: number, message: string) => void;

/** Reads every table; what cannot be read is a fault with its line, never an exception. */
export function parsePerimeter(text: string): PerimeterDocument {
	const faults: Fault[] = [];
	const report: Report = (line, message) => void faults.push({ line, message });
	const sections = sectionsOf(text);
	const lines = (section: PerimeterSection): Line[] => linesOf(sections, section, report);
	const planes = lines("planes").map(({ line, cell }) => {
		return { name: cell("plane"), where: cell("where"), runs: cell("runs"), neverRuns: cell("never runs"), line };
	});
	const hosts = lines("hosts").map((line) => hostOf(line, report));
	const ports = lines("ports").map((line) => serviceOf(line, report));
	const known = new Set(planes.map(({ name }) => name));
	for (const { plane, line } of [...hosts, ...ports])
		if (!known.has(plane)) report(line, `"${plane}" is not in the Planes table`);
	return {
		...{ planes, hosts, ports },
		allowed: lines("allowed").flatMap((line) => ruleOf(line, report)),
		forbidden: lines("forbidden").flatMap((line) => ruleOf(line, report)),
		endpoints: lines("endpoints").flatMap((line) => endpointOf(line, report)),
		faults: faults.toSorted((a, b) => a.line - b.line),
	};
}

/** The table of a section: the first one below the first of its headings. */
export function tableOf(sections: readonly Section[], section: PerimeterSection): TextTable | undefined {
	return named(sections, section).find(({ tables }) => tables.length > 0)?.tables[0];
}

/** The headings that have a section's name. */
export const named = (sections: readonly Section[], section: PerimeterSection): Section[] =>
	sections.filter(({ heading }) => heading.toLowerCase() === PERIMETER[section].heading.toLowerCase());

/** Position of each column by its name in lower case. */
export const columnsOf = ({ header }: TextTable): Map<string, number> =>
	new Map(header.cells.map(({ text }, at) => [text.toLowerCase().replaceAll(/\s+/g, " "), at] as const).toReversed());

/** The rows of a section whose first cells say something. Without endpoints a document is whole. */
function linesOf(sections: readonly Section[], section: PerimeterSection, report: Report): Line[] {
	const { heading, required } = PERIMETER[section];
	const headings = named(sections, section);
	const table = tableOf(sections, section);
	if (!table) {
		if (section !== "endpoints") report(headings[0]?.line ?? 1, `no table below the heading "${heading}"`);
		return [];
	}
	for (const { header } of headings.flatMap(({ tables }) => tables))
		if (header !== table.header)
			report(header.line, `a second table of "${heading}" is ignored: the one of line ${table.header.line} counts`);
	const columns = columnsOf(table);
	const missing = required.filter((column) => !columns.has(column));
	for (const column of missing) report(table.header.line, `the table of "${heading}" has no column "${column}"`);
	if (missing.length > 0) return [];
	const lines = table.rows.map((row): Line => {
		return { line: row.line, cell: (column) => row.cells[columns.get(column) ?? -1]?.text ?? "" };
	});
	const firsts = new Map(lines.toReversed().map(({ line, cell }) => [cell(required[0]), line] as const));
	return lines.filter((line) => isKeyed(line, section, firsts, report));
}

/** A row is told by its first column; in the tables of names each one stands once. */
function isKeyed(
	{ line, cell }: Line,
	section: PerimeterSection,
	firsts: ReadonlyMap<string, number>,
	report: Report,
): boolean {
	const key = PERIMETER[section].required[0];
	const first = firsts.get(cell(key))!;
	if (cell(key) === "") report(line, `this row has no ${key}`);
	else if (/^(plane|host|instance)$/.test(key) && first !== line)
		report(line, `${key} "${cell(key)}" is in line ${first} already`);
	else return true;
	return false;
}

function hostOf({ line, cell }: Line, report: Report): Host {
	const floating = cell("address").toLowerCase() === "floating";
	const addresses = floating ? [] : listOf(cell("address"));
	for (const address of addresses)
		if (!hostMatcher(address))
			report(line, `"${address}" is not an address or host name; \`floating\` is for changing ones`);
	return {
		name: cell("host"),
		plane: cell("plane"),
		addresses: addresses.filter(hostMatcher),
		floating,
		what: cell("what it is"),
		line,
	};
}

function serviceOf({ line, cell }: Line, report: Report): Service {
	const text = cell("port");
	const port = portOf(text);
	if (port === null && /^\d+$/.test(text)) report(line, `"${text}" is not a port`);
	return { service: cell("service"), plane: cell("plane"), port, reachedFrom: listOf(cell("reached from")), line };
}

function ruleOf({ line, cell }: Line, report: Report): AddressRule[] {
	const ports = listOf(cell("port"));
	for (const port of ports) if (portOf(port) === null) report(line, `"${port}" is not a port`);
	const address = cell("address");
	if (!hostMatcher(address)) report(line, `"${address}" is not an address, range, host name or *.name`);
	if (!hostMatcher(address) || ports.some((port) => portOf(port) === null)) return [];
	return [{ address, ports: ports.map(Number), why: cell("why"), line }];
}

function endpointOf({ line, cell }: Line, report: Report): EndpointRow[] {
	const [instance, host, port] = [cell("instance"), cell("host"), portOf(cell("port"))];
	if (canonicalHost(host) === undefined) report(line, `"${host}" is not an address or host name`);
	if (port === null) report(line, `"${cell("port")}" is not a port`);
	if (canonicalHost(host) === undefined || port === null) return [];
	return [{ instance, host, port, via: cell("via"), tunnel: cell("tunnel"), line }];
}

/** What commas part; a dash stands for nothing. */
const listOf = (text: string): string[] =>
	text
		.split(",")
		.map((one) => one.trim())
		.filter((one) => one !== "" && !/^[-–—]$/.test(one));

function portOf(text: string): number | null {
	const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
	return port >= 1 && port <= 65_535 ? port : null;
}
