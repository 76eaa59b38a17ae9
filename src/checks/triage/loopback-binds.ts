import { tablesIn, type Row } from "../claims/tables.ts";
import { bindsOf, type Bind } from "../facts/binds.ts";
import { confinedPorts, type Confined } from "../facts/confined-ports.ts";
import { editOf, placeIn, unique } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS443",
	scope: "static",
	severity: "error",
	question: "Is every service opened on the interface that the documents say: on loopback, or on all?",
	why: "A console or a model without a password is open to the network; or what others must reach answers this machine alone.",
	example:
		"docs/Perimeter.md has `127.0.0.1:9001`, and the service is started with `--console-address :9001`; write the host.",
	run(tree) {
		const told = tree
			.in("markdown")
			.filter(({ path }) => standingOf(path) === "docs")
			.flatMap(toldIn);
		return {
			looked: `${told.length} addresses in documents`,
			findings: unlike([
				...told.flatMap((one) => against(tree, one)),
				...confinedPorts(tree).flatMap((one) => published(tree, one)),
			]),
		};
	},
} satisfies StaticCheck;

/** Another stage of the same services, on a machine of one's own. */
const OTHER_STAGE =
	/(?:^|[./_-])(?:dev|devel|development|local|test|tests|ci|e2e|override|example|sample|demo)(?=[./_-]|$)/i;

/** A container is published on every interface, and the document keeps it within a network. */
function published(tree: Tree, { port, name, within, address, file, line }: Confined): Found[] {
	const open = bindsOf(tree).filter(
		(one) => one.port === port && one.published === true && !OTHER_STAGE.test(one.file.path),
	);
	const [first] = open;
	if (first === undefined || open.some((one) => one.host !== "all")) return [];
	return [
		{
			message: `${first.file.path} publishes port ${port} on all interfaces, and ${file.path} keeps ${name} to: ${within}`,
			evidence: [placeIn(first.file, first.line), placeIn(file, line)],
			fix: {
				say: `write ${address ?? "127.0.0.1"}:${port}:… in ${first.file.path}:${first.line}${address === undefined ? ", or take it out" : ""}`,
			},
		},
	];
}

/** Two rows may tell of one port; the line that opens it is told once. */
const unlike = (findings: readonly Found[]): Found[] => {
	const at = ({ evidence: [first] }: Found): string => ("path" in first ? `${first.path}:${first.line}` : first.host);
	return [...Map.groupBy(findings, at).values()].map((same) => same[0]!);
};

interface Told extends Bind {
	name: string;
	/** Files that the row or the line names. */
	setIn: readonly string[];
}

const CELL = /(?<![\w.:-])(127\.0\.0\.1|localhost|\[::1\]|0\.0\.0\.0|\*|\[::\]):(\d{2,5})(?!\d)/g;
const HEAD = /^(?:listens?|listening|bind|bound|address|local address|interface|socket)/;
const ITEM =
	/^[ \t]*[-*][ \t]+(?:\*\*|`)?([A-Za-z][\w /-]{1,40}?)(?:\*\*|`)?[ \t]*(?::(?:\*\*)?|[—–-]|listens on)[ \t]+(?:listens on |on )?`?(127\.0\.0\.1|0\.0\.0\.0):(\d{2,5})\b/gm;
const PATHS = /[\w.-]+(?:\/[\w.-]+)+|(?<![\w./-])[\w-]+(?:\.[\w-]+)*\.(?:ya?ml|conf|ini|service|ps1|sh|py|ts)\b/g;

const kind = (host: string): Bind["host"] => (/^(?:0\.0\.0\.0|\*|\[::\])$/.test(host) ? "all" : "loopback");

function toldIn(file: SourceFile): Told[] {
	const rows = tablesIn(file).flatMap((table) =>
		table.flatMap(({ cells, line }) => {
			const setIn = [...cells.values()].flatMap((cell) => [...cell.matchAll(PATHS)].map(([path]) => path));
			const name = nameIn(cells);
			const apart = boundApart(cells).map((one): Told => ({ ...one, file, line, name, setIn }));
			return [...cells].flatMap(([head, cell]) =>
				HEAD.test(head)
					? [
							...apart,
							...[...cell.matchAll(CELL)].map(({ 1: host, 2: port }): Told => ({
								port: Number(port),
								host: kind(host!),
								file,
								line,
								name,
								setIn,
							})),
						]
					: [],
			);
		}),
	);
	const items = /(?:perimeter|ports?|network|security)[^/]*$/i.test(file.path)
		? file.matches(ITEM).map(({ 0: all, 1: name, 2: host, 3: port, index }): Told => ({
				...{ port: Number(port), host: kind(host!), file, line: file.lineAt(index + all.length - 1) },
				...{ name: name!, setIn: [] },
			}))
		: [];
	return [...rows, ...items];
}

const nameIn = (cells: Row["cells"]): string => {
	const named = [...cells].find(([head]) => /^(?:service|name|component|program|process|what)s?$/.test(head))?.[1];
	return named ?? [...cells.values()][0] ?? "";
};

/** A port in one cell, `127.0.0.1` or `loopback` in another. */
function boundApart(cells: Row["cells"]): Pick<Bind, "host" | "port">[] {
	const [port, host] = [/^(?:tcp |host )?ports?$/, HEAD].map((head) => [...cells].find(([one]) => head.test(one))?.[1]);
	const bare = /^(?:(127\.0\.0\.1|localhost|loopback(?: only)?)|0\.0\.0\.0|\*)$/i.exec(host ?? "");
	const numbers = /^\d{2,5}(?:, ?\d{2,5})*$/.exec(port ?? "")?.[0].match(/\d+/g) ?? [];
	return bare === null
		? []
		: numbers.map((one) => ({ port: Number(one), host: bare[1] === undefined ? "all" : "loopback" }));
}

function against(tree: Tree, { port, host, file, line, name, setIn }: Told): Found[] {
	const all = bindsOf(tree).filter((one) => one.port === port);
	const within = all.filter((one) => setIn.includes(one.file.path));
	const binds = unique(within.length > 0 ? within : all);
	const [first] = binds;
	if (!first || binds.some((one) => one.host === host)) return [];
	// A port of a container is open to its host alone unless somebody publishes it.
	const inside = binds.every((one) => one.file.language === "dockerfile" || isInImage(tree, one.file));
	const image = binds.every((one) => one.file.language === "dockerfile");
	if (host === "loopback" && (image || (inside && /\bhost\b/i.test(name)))) return [];
	const open = host === "loopback";
	const text = first.file.lines[first.line - 1]!;
	const from = open ? (/0\.0\.0\.0/.test(text) ? "0.0.0.0" : `:${port}`) : "127.0.0.1";
	const to = open ? (from === "0.0.0.0" ? "127.0.0.1" : `127.0.0.1:${port}`) : "0.0.0.0";
	return [
		{
			message: `${first.file.path} opens port ${port} on ${open ? "all interfaces" : "loopback alone"}, and ${file.path} says that ${name} listens on ${open ? "loopback" : "all"}`,
			evidence: [
				placeIn(first.file, first.line),
				...binds.slice(1, 4).map((one) => placeIn(one.file, one.line)),
				placeIn(file, line),
			],
			fix: {
				say: `write ${to} for ${from} in ${first.file.path}:${first.line}`,
				...editOf(first.file, first.line, from, to),
			},
		},
	];
}

const isInImage = (tree: Tree, { path }: SourceFile): boolean =>
	/supervisord?[^/]*\.conf$/.test(path) && tree.in("dockerfile").length > 0;
