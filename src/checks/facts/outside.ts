import { tablesIn } from "../claims/tables.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { isLan, isLoopback } from "./addresses.ts";
import { standingOf } from "./standing.ts";

/** A row of a document that says how a service is reached from rented machines. */
export interface Outside {
	/** Hosts of the other columns, in lower case. */
	inside: readonly string[];
	/** Host and port as they are reached from there; undefined: not at all. */
	outside: { host: string; port: number } | undefined;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

const THERE = /\b(?:instances?|rented|gpu (?:machines?|hosts?|box(?:es)?)|cloud)\b/;
const ADDRESS = /(?<![\w.-])([A-Za-z\d](?:[A-Za-z\d.-]*[A-Za-z\d])?):(\d{2,5})(?!\d)/g;

/** Of tables with a column for what is seen from there, such as `| Service | In the LAN | From an instance |`. */
export const outsideOf = once((tree: Tree): readonly Outside[] =>
	tree
		.in("markdown")
		.filter(({ path }) => standingOf(path) === "docs")
		.flatMap((file) =>
			tablesIn(file).flatMap((rows) => {
				const heads = [...(rows[0]?.cells.keys() ?? [])];
				const [head, ...more] = heads.filter((one) => THERE.test(one));
				return head === undefined || more.length > 0 || heads.length < 3
					? []
					: rows.map(({ cells, line }) => rowOf(cells, head, file, line));
			}),
		),
);

function rowOf(cells: ReadonlyMap<string, string>, head: string, file: SourceFile, line: number): Outside {
	const others = [...cells].flatMap(([name, text]) => (name === head ? [] : addressesIn(text)));
	const [there, ...more] = addressesIn(cells.get(head) ?? "");
	return { inside: others.map(({ host }) => host), outside: more.length > 0 ? undefined : there, file, line };
}

const addressesIn = (text: string): { host: string; port: number }[] =>
	[...text.matchAll(ADDRESS)].map(([, host, port]) => ({ host: host!.toLowerCase(), port: Number(port) }));

/** How a rented machine reaches what an address means, where that is another address. */
export function meantOutside(tree: Tree, host: string, port: number | undefined): Outside | undefined {
	const rows = outsideOf(tree).filter(({ outside }) => outside !== undefined && !isLan(outside.host));
	const there = rows.filter(({ outside }) => !isLoopback(outside!.host));
	const found = isLoopback(host)
		? rows.filter(({ outside }) => outside!.port === port)
		: there.filter(
				({ inside, outside }) =>
					inside.includes(host) && outside!.host !== host && (port ?? outside!.port) === outside!.port,
			);
	return found.length === 1 && there.includes(found[0]!) ? found[0] : undefined;
}
