import { tablesIn, type Row } from "../claims/tables.ts";
import { addressesOf } from "../facts/addresses.ts";
import { liveEnvOf } from "../facts/env.ts";
import { editOf, listed, placeIn, unique } from "../facts/found.ts";
import { portsOf } from "../facts/ports.ts";
import { standingOf } from "../facts/standing.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const PORT = /^(?:(?:tcp |host |container |listen(?:ing)? |internal )?ports?(?: number)?)$/;
const NAME = /^(?:service|name|component|program|process|server|what|app|application|container)$/;
/** Words that any service may have in its name. */
const GENERAL =
	/^(?:the|and|for|api|app|server|service|services|http|https|grpc|web|port|ports|rest|main|internal|external|public|private|local|host|hosts|node|cpu|gpu|tcp|udp|ssh|sshd|control|compute|remote|instance|instances|container|dev|prod|ui|console|data|admin|metrics|health|dashboard|frontend|backend|url|address|endpoint)$/;

export default {
	code: "TS417",
	scope: "static",
	severity: "warning",
	question: "Do the tables of ports in the documents agree with the settings of the same services?",
	why: "Firewalls and tunnels are opened by the table: the service listens elsewhere, and is found dead from outside alone.",
	example: "docs/Perimeter.md has `| Temporal | 7234 |`, and TEMPORAL_ADDRESS ends in `:7233`; write one number.",
	run(tree) {
		const rows = tree
			.in("markdown")
			.filter(({ path }) => standingOf(path) === "docs")
			.flatMap((file) => tablesIn(file).flatMap((table) => servicesIn(file, table)));
		return { looked: `${rows.length} rows of tables of ports`, findings: rows.flatMap((row) => disagree(tree, row)) };
	},
} satisfies StaticCheck;

interface Service {
	file: SourceFile;
	line: number;
	name: string;
	/** Words of its name that no other row of its table has. */
	words: readonly string[];
	ports: readonly number[];
}

function servicesIn(file: SourceFile, table: readonly Row[]): Service[] {
	const heads = [...(table[0]?.cells.keys() ?? [])];
	const [port, name] = [heads.find((one) => PORT.test(one)), heads.find((one) => NAME.test(one))];
	if (port === undefined || name === undefined) return [];
	const named = table.map((row) => wordsIn(row.cells.get(name) ?? ""));
	return table.flatMap((row, index): Service[] => {
		const ports = (row.cells.get(port)?.match(/(?<![\d.])\d{2,5}(?![\d.])/g) ?? []).map(Number);
		const words = named[index]!.filter((word) => named.every((other, at) => at === index || !other.includes(word)));
		return ports.length === 0 || words.length === 0
			? []
			: [{ file, line: row.line, name: row.cells.get(name)!, words, ports }];
	});
}

const wordsIn = (text: string): string[] =>
	text
		.toLowerCase()
		.split(/[^a-z0-9]+/)
		.filter((word) => word.length >= 3 && !GENERAL.test(word));

interface Said {
	port: number;
	file: SourceFile;
	line: number;
}

/** Told where nothing in the tree has the port of the table, and something has another one under the service's name. */
function disagree(tree: Tree, { file, line, name, words, ports }: Service): Found[] {
	if (ports.some((port) => isNamed(tree, port))) return [];
	const said = unique(saidOf(tree).filter((one) => one.words.some((word) => words.includes(word))));
	const others = [...new Set(said.map(({ port }) => port))];
	if (others.length !== 1) return [];
	return [
		{
			message: `${file.path} gives ${name} the port ${ports.join(", ")}, and the tree gives it ${others[0]!}`,
			evidence: [placeIn(file, line), ...said.slice(0, 5).map((one) => placeIn(one.file, one.line))],
			fix: {
				say: `write ${others[0]!} in ${file.path}:${line}, or the other number in ${listed(said)}`,
				...editOf(file, line, String(ports[0]), String(others[0])),
			},
		},
	];
}

/** Every port that a setting, an address or a command gives to something with a name. */
const saidOf = once((tree: Tree): readonly (Said & { words: readonly string[] })[] => {
	const env = liveEnvOf(tree).flatMap(({ name, value, file, line }) =>
		name.endsWith("_PORT") && /^\d{2,5}$/.test(value ?? "") ? [{ name, port: Number(value), file, line }] : [],
	);
	const addresses = addressesOf(tree).flatMap(({ name, address: { port }, file, line }) =>
		port === undefined || standingOf(file.path) !== "live" ? [] : [{ name, port, file, line }],
	);
	const listeners = portsOf(tree)
		.listeners.filter((one) => one.sure)
		.map(({ port, file, line }) => ({ name: file.lines[line - 1] ?? "", port, file, line }));
	return [...env, ...addresses, ...listeners].map(({ name, ...one }) => ({ ...one, words: wordsIn(name) }));
});

/** As a number of its own in a file that is no document. */
function isNamed(tree: Tree, port: number): boolean {
	const word = new RegExp(`(?<![\\w.])${port}(?![\\w.]|\\.\\d)`);
	return tree.files.some(
		({ path, text }) =>
			!["docs", "history"].includes(standingOf(path)) && text.includes(String(port)) && word.test(text),
	);
}
