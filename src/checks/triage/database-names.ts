import { lostBesideRuns, lostBuckets, type LostBucket } from "../facts/bucket-names.ts";
import { composeServices } from "../facts/compose.ts";
import { lostNamespaces, type LostNamespace } from "../facts/temporal-namespaces.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS546",
	scope: "static",
	severity: "error",
	question: "Are the database, the bucket and the namespace that clients name made by the server, or for it?",
	why: "The image of PostgreSQL makes one database. A dump, a migration or a program that names another one is refused: `database … does not exist`.",
	example: "`POSTGRES_DB: app_control`, and the backup runs `pg_dump -d app`: write app_control.",
	run(tree) {
		const made = madeIn(tree);
		const others = [
			...[...lostBuckets(tree), ...lostBesideRuns(tree)].map((one) => lost(tree, one)),
			...lostNamespaces(tree).map(withoutServer),
		];
		if (made === undefined) return { looked: "no database with a known name", findings: others };
		const uses = tree.files.filter(mayName).flatMap((file) => usesIn(file, made.hosts));
		return {
			looked: `${uses.length} names of databases`,
			findings: [
				...uses
					.filter(({ name }) => !made.names.has(name) && !OF_EACH_SERVER.has(name))
					.map(({ name, place }): Found => ({
						message: `${place.path} names the database ${name}, and the server makes ${[...made.names].join(", ")}`,
						evidence: [place, made.place],
						fix: { say: `write ${[...made.names][0]!}` },
					})),
				...others,
			],
		};
	},
} satisfies StaticCheck;

const withoutServer = ({ file, use, made }: LostNamespace): Found => ({
	message: `${file.path} gives a client the namespace ${use.name} of Temporal, and its server has ${[...new Set(made.map(({ name }) => name))].join(", ")}`,
	evidence: [file.placeAt(use.at), ...made.slice(0, 4).map(({ at }) => file.placeAt(at))],
	fix: { say: `write one of them in both, ${use.name} or ${made[0].name}` },
});

/** What fewer files of the tree name is the one to change. */
function lost(tree: Tree, { uses, made }: LostBucket): Found {
	const count = (name: string): number => tree.files.filter((file) => file.includes(name)).length;
	const [use, other] = [uses[0], made[0]];
	const odd = count(other.name) < count(use.name) ? made : uses;
	const places = [...odd, ...(odd === made ? uses : made)].slice(0, 8);
	const names = [...new Set(made.map(({ name }) => name))].join(", ");
	return {
		message: `${use.file.path} gives its programs the bucket ${use.name}, and its store gets ${names}`,
		evidence: places.map(({ file, line }) => file.place(line)) as unknown as Found["evidence"],
		fix: { say: odd === made ? `write ${use.name}` : `write ${other.name}, or make ${use.name}, too` },
	};
}

const SERVER = /(?:^|\/)(?:postgres|postgis|pgvector|timescaledb)(?=[:@]|$)/;
const OF_EACH_SERVER: ReadonlySet<string> = new Set(["postgres", "template0", "template1"]);
const DECLARED = /\b(POSTGRES_DB|POSTGRES_USER)\b["']?\s*[:=]\s*["']?(?:\$\{\w+:?-([\w-]+)\}|([\w-]+)|(\$\{?\w+))/g;
const CREATED =
	/\bCREATE\s+DATABASE\s+(?:IF\s+NOT\s+EXISTS\s+)?["'`]?(\w+)|\bcreatedb\b[^\n|;&]*?\s["']?(\w+)["']?\s*$/gim;

interface Made {
	names: ReadonlySet<string>;
	/** Names under which compose reaches the server. */
	hosts: readonly string[];
	place: FilePlace;
}

/** What the one server of the compose files makes, and what else is made anywhere; undefined where that is not known. */
function madeIn(tree: Tree): Made | undefined {
	const servers = composeServices(tree).filter(({ image, file }) => SERVER.test(image ?? "") && isLive(file));
	const hosts = [...new Set(servers.map(({ name }) => name))];
	if (hosts.length !== 1) return undefined;
	const declared = tree.files.flatMap((file) =>
		file.matches(DECLARED).map((match) => ({ file, match, line: file.lineAt(match.index) })),
	);
	const databases = declared.filter(({ match }) => match[1] === "POSTGRES_DB");
	// A name that the environment gives, or the user's.
	if (databases.length === 0 || databases.some(({ match }) => match[4] !== undefined)) return undefined;
	const own = databases.find(({ file }) => servers.some((one) => one.file === file));
	if (own === undefined) return undefined;
	const created = tree.files.flatMap((file) => file.matches(CREATED).map(([, sql, typed]) => sql ?? typed!));
	const names = new Set([...databases.map(({ match }) => match[2] ?? match[3]!), ...created]);
	return { names, hosts, place: own.file.place(own.line) };
}

const isLive = ({ path }: SourceFile): boolean => standingOf(path) === "live" && !isAside(path) && !isTest(path);

const mayName = (file: SourceFile): boolean =>
	isLive(file) &&
	file.text.length < 400_000 &&
	file.has(/\bpg_(?:dump|restore|isready)\b|\bpsql\b|\bvacuumdb\b|postgres(?:ql)?(?:\+\w+)?:\/\//);

const TYPED =
	/\b(?:psql|pg_dump|pg_restore|pg_isready|vacuumdb)\b(?=([^\n|;&)]*))[^\n|;&)]*?\s(?:-d\s*|--dbname[= ])["']?([A-Za-z_]\w*)["']?(?=[\s"',\])]|$)/g;
const ADDRESS = /\bpostgres(?:ql)?(?:\+\w+)?:\/\/[^\s"'@/]*@([\w-]+)(?::\d+)?\/([A-Za-z_]\w*)(?=[\s"'?\\]|$)/g;

/** Databases that a file names: of the server's own host, or of whichever server a command is run at. */
function usesIn(file: SourceFile, hosts: readonly string[]): { name: string; place: FilePlace }[] {
	const typed = file.matches(TYPED).flatMap(({ 1: rest, 2: name, index }) => {
		const host = /\s(?:-h\s*|--host[= ])["']?([\w.$-]+)/.exec(rest!)?.[1];
		const elsewhere = host !== undefined && !hosts.includes(host);
		return elsewhere ? [] : [{ name: name!, index }];
	});
	const addressed = file
		.matches(ADDRESS)
		.flatMap(({ 1: host, 2: name, index }) => (hosts.includes(host!) ? [{ name: name!, index }] : []));
	return [...typed, ...addressed].flatMap(({ name, index }) =>
		isComment(file, index) ? [] : [{ name, place: file.place(file.lineAt(index)) }],
	);
}
