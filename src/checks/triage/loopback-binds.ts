import { tablesIn } from "../claims/tables.ts";
import { bindsOf, type Bind } from "../facts/binds.ts";
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
		return { looked: `${told.length} addresses in documents`, findings: told.flatMap((one) => against(tree, one)) };
	},
} satisfies StaticCheck;

interface Told extends Bind {
	name: string;
	/** Files that the row or the line names. */
	setIn: readonly string[];
}

const CELL = /(?<![\w.:-])(127\.0\.0\.1|localhost|\[::1\]|0\.0\.0\.0|\*|\[::\]):(\d{2,5})(?!\d)/g;
const HEAD = /^(?:listens?|listening|bind|bound|address|local address|interface|socket)/;
const ITEM =
	/^[ \t]*[-*][ \t]+(?:\*\*|`)?([A-Za-z][\w /-]{1,40}?)(?:\*\*|`)?[ \t]*(?::(?:\*\*)?|[—–-]|listens on)[ \t]+(?:listens on |on )?`?(127\.0\.0\.1|0\.0\.0\.0):(\d{2,5})\b/gm;
const PATHS = /[\w.-]+(?:\/[\w.-]+)+/g;

const kind = (host: string): Bind["host"] => (/^(?:0\.0\.0\.0|\*|\[::\])$/.test(host) ? "all" : "loopback");

function toldIn(file: SourceFile): Told[] {
	const rows = tablesIn(file).flatMap((table) =>
		table.flatMap(({ cells, line }) => {
			const setIn = [...cells.values()].flatMap((cell) => [...cell.matchAll(PATHS)].map(([path]) => path));
			const name = [...cells.values()][0] ?? "";
			return [...cells].flatMap(([head, cell]) =>
				HEAD.test(head)
					? [...cell.matchAll(CELL)].map(({ 1: host, 2: port }): Told => ({
							port: Number(port),
							host: kind(host!),
							file,
							line,
							name,
							setIn,
						}))
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
