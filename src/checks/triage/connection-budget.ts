import { composeServices, type Service } from "../facts/compose.ts";
import { connectionsOf, poolOf, type Pool } from "../facts/connection-pools.ts";
import { liveEnvOf } from "../facts/env.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS544",
	scope: "static",
	severity: "error",
	question: "Does the database allow as many connections as the pools of its clients may open?",
	why: "Each process has a pool of its own: replicas × workers × pool. Under load PostgreSQL refuses what is above max_connections, less three that it keeps.",
	example: "2 replicas with `--workers 4` and a pool of 25 are 200 connections, and max_connections is 150.",
	run(tree) {
		const files = [...Map.groupBy(composeServices(tree), ({ file }) => file).values()];
		const usual = files.length === 0 ? new Map() : defaultsOf(tree);
		return { looked: `${files.length} compose files`, findings: files.flatMap((all) => inFile(all, usual)) };
	},
} satisfies StaticCheck;

/** PostgreSQL's superuser_reserved_connections. */
const KEPT = 3;

/** The one default that code has for a name. */
function defaultsOf(tree: Tree): Map<string, { value: number; place: FilePlace }> {
	const reads = liveEnvOf(tree).filter(({ how, value }) => how === "reads" && /^\d+$/.test(value ?? ""));
	return new Map(
		[...Map.groupBy(reads, ({ name }) => name)].flatMap(([name, all]) =>
			all.every(({ value }) => value === all[0]!.value)
				? [[name, { value: Number(all[0]!.value), place: all[0]!.file.place(all[0]!.line) }] as const]
				: [],
		),
	);
}

function inFile(
	services: readonly Service[],
	usual: ReadonlyMap<string, { value: number; place: FilePlace }>,
): Found[] {
	const databases = services.flatMap((one) => {
		const found = connectionsOf(one);
		return found === undefined ? [] : [{ ...found, name: one.name }];
	});
	const [database] = databases;
	// A pooler of its own stands between.
	const between = services.some(({ image, name }) => /pgbouncer|pgcat|odyssey|pgpool/.test(`${image ?? ""} ${name}`));
	if (database === undefined || databases.length > 1 || between) return [];
	const pools = services.filter((one) => asks(one, database.name)).flatMap((one) => poolOf(one, usual) ?? []);
	const sum = pools.reduce((total, { replicas, processes, size }) => total + replicas * processes * size, 0);
	if (sum <= database.most - KEPT) return [];
	const largest = pools.toSorted((a, b) => totalOf(b) - totalOf(a));
	return [
		{
			message: `${largest.map(saidOf).join(", ")}: ${sum} connections, and ${database.name} allows ${database.most}, of which it keeps ${KEPT}`,
			evidence: [...largest[0]!.places, database.place, ...largest.slice(1).flatMap(({ places }) => places)] as [
				FilePlace,
			],
			fix: { say: `make the pools smaller, or allow ${sum + KEPT} connections or more` },
		},
	];
}

const totalOf = ({ replicas, processes, size }: Pool): number => replicas * processes * size;

const saidOf = ({ service, replicas, processes, size }: Pool): string =>
	`${service.name} may open ${replicas} × ${processes} × ${size}`;

/** A name of the database in its environment: `@postgres:5432`, `DB_HOST: postgres`. */
const asks = ({ lines, name: own }: Service, database: string): boolean =>
	own !== database &&
	lines.some(
		({ path, value }) =>
			path[2] === "environment" && new RegExp(`(?:@|=|^)["']?${RegExp.escape(database)}(?=[:/"'?]|$)`).test(value),
	);
