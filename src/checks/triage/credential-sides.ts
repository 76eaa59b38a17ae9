import { envOf } from "../facts/env.ts";
import type { EnvStatement } from "../facts/env-statement.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** The server's name of a credential, and those of its clients. */
const PAIRS: readonly (readonly [RegExp, RegExp])[] = [
	[/^MINIO_ROOT_PASSWORD$/, /^(?:MINIO|S3|STORE|AWS)_(?:SECRET_KEY|SECRET_ACCESS_KEY)$/],
	[/^MINIO_ROOT_USER$/, /^(?:MINIO|S3|STORE|AWS)_(?:ACCESS_KEY|ACCESS_KEY_ID)$/],
	[/^POSTGRES_PASSWORD$/, /^(?:PGPASSWORD|(?:DB|DATABASE|PG|POSTGRESQL)_PASS(?:WORD)?|POSTGRES_PWD)$/],
	[/^POSTGRES_USER$/, /^(?:PGUSER|(?:DB|DATABASE|PG|POSTGRESQL)_USER(?:NAME)?)$/],
	[/^(?:MYSQL|MARIADB)(?:_ROOT)?_PASSWORD$/, /^(?:DB|DATABASE)_PASS(?:WORD)?$/],
	[/^RABBITMQ_DEFAULT_PASS$/, /^(?:RABBITMQ|AMQP|BROKER)_PASS(?:WORD)?$/],
];
const URLS: readonly (readonly [RegExp, RegExp])[] = [
	[/^POSTGRES_PASSWORD$/, /^postgres(?:ql)?(?:\+\w+)?:\/\/[^:@/]*:([^@/]+)@/],
	[/^(?:MYSQL|MARIADB)(?:_ROOT)?_PASSWORD$/, /^(?:mysql|mariadb)(?:\+\w+)?:\/\/[^:@/]*:([^@/]+)@/],
	[/^RABBITMQ_DEFAULT_PASS$/, /^amqps?:\/\/[^:@/]*:([^@/]+)@/],
];

export default {
	code: "TS473",
	scope: "static",
	severity: "error",
	question: "Have server and client of one file the same credential?",
	why: "The password was changed on one side only: the server refuses its own client, and the failure looks like one of the client.",
	example:
		"`MINIO_ROOT_PASSWORD=a` for the server and `MINIO_SECRET_KEY=b` for the app in one job; make it once and hand it to both.",
	run(tree) {
		const groups = [...worlds(tree)];
		return { looked: `${groups.length} files that start servers and clients`, findings: groups.flatMap(findingsIn) };
	},
} satisfies StaticCheck;

/** One job, one compose file, one script: what is started together. */
const worlds = (tree: Tree): MapIterator<EnvStatement[]> =>
	Map.groupBy(
		envOf(tree).filter(
			({ how, comment, value, file }) =>
				how === "sets" &&
				!comment &&
				value !== undefined &&
				value !== "" &&
				standingOf(file.path) !== "history" &&
				["yaml", "shell", "powershell"].includes(file.language),
		),
		({ file, block }) => `${file.path}\n${/^jobs\.[\w-]+/.exec(block)?.[0] ?? ""}`,
	).values();

function findingsIn(world: readonly EnvStatement[]): Found[] {
	const named = PAIRS.flatMap(([server, client]) =>
		compare(
			world.filter(({ name }) => server.test(name)),
			world.filter(({ name }) => client.test(name)),
		),
	);
	const inUrls = URLS.flatMap(([server, url]) => {
		const clients = world.flatMap((one): EnvStatement[] => {
			const value = url.exec(one.value!)?.[1];
			return value === undefined || value.includes("$") ? [] : [{ ...one, value: decodeURIComponent(value) }];
		});
		return compare(
			world.filter(({ name }) => server.test(name)),
			clients,
		);
	});
	return [...named, ...inUrls];
}

function compare(servers: readonly EnvStatement[], clients: readonly EnvStatement[]): Found[] {
	const values = new Set(servers.map(({ value }) => value));
	const wrong = clients.filter(({ value }) => !values.has(value));
	const [first, server] = [wrong[0], servers[0]];
	if (!first || !server) return [];
	return [
		{
			message: `${server.name} of the server and ${first.name} of its client are not the same`,
			evidence: [
				placeIn(first.file, first.line),
				...[...wrong.slice(1), ...servers].map(({ file, line }) => placeIn(file, line)),
			],
			fix: {
				say: `give ${first.name} in ${first.file.path}:${first.line} the value of ${server.name}, best by one variable for both`,
			},
		},
	];
}
