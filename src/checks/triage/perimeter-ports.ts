import { tablesIn, type Row } from "../claims/tables.ts";
import { addressesOf } from "../facts/addresses.ts";
import { liveEnvOf } from "../facts/env.ts";
import { editOf, listed, placeIn, unique } from "../facts/found.ts";
import { isNamedLive, mayMean, namedPortsOf, type NamedPort } from "../facts/named-ports.ts";
import { serviceWordsOf } from "../facts/service-words.ts";
import { portsOf } from "../facts/ports.ts";
import { standingOf } from "../facts/standing.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const PORT = /^(?:(?:tcp |host |container |listen(?:ing)? |internal )?ports?(?: number)?)$/;
/** Of the side that only its own container sees. */
const INNER = /^(?:container|internal) /;
/** Of addresses instead of ports. */
const ADDRESS =
	/^(?:listens?(?: on| at)?|listening(?: on| address)?|(?:bind |local |listen )?address(?:es)?|binds?(?: to)?|bound to|endpoint|host:port|socket)$/;
const NAME =
	/^(?:service|name|component|program|process|server|what|app|application|container|part|role|listener|endpoint|daemon|unit)s?$/;
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
			.flatMap((file) => [...tablesIn(file).flatMap((table) => servicesIn(file, table)), ...listedIn(file)]);
		const findings = rows.flatMap((row) => {
			const known = disagree(tree, row);
			return known.length > 0 ? known : elsewhere(tree, row, rows);
		});
		const once = [...Map.groupBy(findings, ({ message }) => message).values()].map(([first, ...rest]): Found => ({
			...first!,
			evidence: [...first!.evidence, ...rest.map((one) => one.evidence[0])],
		}));
		return { looked: `${rows.length} rows of tables of ports`, findings: once };
	},
} satisfies StaticCheck;

interface Service {
	file: SourceFile;
	line: number;
	name: string;
	/** Words of its name that no other row of its table has. */
	words: readonly string[];
	ports: readonly number[];
	/** They are those of its container, which nobody outside asks. */
	inner?: true;
	/** Files of the tree that the row names. */
	setIn: readonly string[];
}

function servicesIn(file: SourceFile, table: readonly Row[]): Service[] {
	const heads = [...(table[0]?.cells.keys() ?? [])];
	const inner = heads.find((one) => PORT.test(one) && INNER.test(one));
	const outer = heads.find((one) => PORT.test(one) && one !== inner) ?? heads.find((one) => ADDRESS.test(one));
	const name = heads.find((one) => NAME.test(one) && one !== outer);
	if (name === undefined) return [];
	return [
		...(outer === undefined ? [] : inColumn(file, table, name, outer)),
		...(inner === undefined ? [] : inColumn(file, table, name, inner).map((one) => ({ ...one, inner: true as const }))),
	];
}

function inColumn(file: SourceFile, table: readonly Row[], name: string, port: string): Service[] {
	const pattern = PORT.test(port) ? /(?<![\d.])\d{2,5}(?![\d.])/g : /(?<=:)\d{2,5}(?![\d.])/g;
	const named = table.map((row) => wordsIn(row.cells.get(name) ?? ""));
	return table.flatMap((row, index): Service[] => {
		const ports = (row.cells.get(port)?.match(pattern) ?? []).map(Number);
		const words = named[index]!.filter((word) => named.every((other, at) => at === index || !other.includes(word)));
		const setIn = [...row.cells.values()].flatMap((cell) =>
			[...cell.matchAll(/[\w.-]+(?:\/[\w.-]+)+/g)].map(([path]) => path),
		);
		return ports.length === 0 ? [] : [{ file, line: row.line, name: row.cells.get(name) ?? "", words, ports, setIn }];
	});
}

/** `- Health API: 0.0.0.0:8100` in a document about ports. */
const ITEM =
	/^[ \t]*[-*][ \t]+(?:\*\*|`)?([A-Za-z][\w /-]{1,40}?)(?:\*\*|`)?[ \t]*(?::(?:\*\*)?|[—–-])[ \t][^\n]*?(?:\bport[ \t]+`?(\d{2,5})|(?:[\d.]{7,15}|localhost|\*):(\d{2,5}))(?![\d.])/gm;

const listedIn = (file: SourceFile): Service[] =>
	/(?:perimeter|ports?|network|topology)[^/]*$/i.test(file.path)
		? file.matches(ITEM).map(({ 0: all, 1: name, 2: port, 3: bound, index }) => ({
				file,
				line: file.lineAt(index + all.length - 1),
				name: name!.trim(),
				words: [],
				ports: [Number(port ?? bound)],
				setIn: [],
			}))
		: [];

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

/** Ports of the world outside, which another machine or a provider maps. */
const OUTER = new Set([22, 80, 443]);

/**
 * What the words of a row name in settings, commands and images has another port. It is told where nothing has the port
 * of the table, or where the row names the file that has another one.
 */
function elsewhere(tree: Tree, { file, line, name, ports, setIn, inner }: Service, rows: readonly Service[]): Found[] {
	const words = serviceWordsOf(name.replaceAll(/\([^)]*\)/g, ""));
	if (words.size === 0 || ports.some((port) => OUTER.has(port))) return [];
	const all = namedPortsOf(tree).filter((one) => mayMean(words, one) && one.side !== (inner ? "outer" : "inner"));
	const within = all.filter((one) => setIn.includes(one.file.path));
	const overlap = (one: NamedPort): number => [...words].filter((word) => one.words.has(word)).length;
	const pool = within.some((one) => overlap(one) > 0) ? within : all;
	const most = Math.max(0, ...pool.map(overlap));
	const told = unique(pool.filter((one) => most > 0 && overlap(one) === most));
	const right = [...new Set(told.map(({ port }) => port))];
	const strict = pool === within && ports.every((port) => !hasNumber(told[0]!.file, port));
	if (right.length !== 1 || ports.includes(right[0]!) || (!strict && ports.some((port) => isNamedLive(tree, port))))
		return [];
	// Another row has the port that is found: its service was found, not this one's.
	if (rows.some((row) => row.name !== name && row.file === file && row.ports.includes(right[0]!))) return [];
	return [
		{
			message: `${file.path} gives ${name} the port ${ports.join(", ")}, and the tree gives it ${right[0]!}`,
			evidence: [placeIn(file, line), ...told.slice(0, 5).map((one) => placeIn(one.file, one.line))],
			fix: {
				say: `write ${right[0]!} in ${file.path}:${line}, or the other number in ${listed(told)}`,
				...editOf(file, line, String(ports[0]), String(right[0])),
			},
		},
	];
}

const hasNumber = ({ text }: SourceFile, port: number): boolean =>
	new RegExp(`(?<![\\w.])${port}(?![\\w.])`).test(text);

/** Told where nothing in the tree has the port of the table, and something has another one under the service's name. */
function disagree(tree: Tree, { file, line, name, words, ports }: Service): Found[] {
	if (words.length === 0 || ports.some((port) => isNamed(tree, port))) return [];
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
