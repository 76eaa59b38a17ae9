import { ownOf } from "../../system/own-of.ts";
import type { FilePlace } from "../triage-check.ts";
import { environmentOf, runOf } from "./docker.ts";
import type { Job, Step } from "./model.ts";
import type { Part } from "./part.ts";
import { argumentsOf, scriptOf } from "./script.ts";
import { filled } from "./tags.ts";

/** Where a server or one of its clients is told a user or a password. */
export interface Told {
	kind: string;
	what: "user" | "password";
	server: boolean;
	name: string;
	value: string;
	place: FilePlace;
}

interface Family {
	kind: string;
	image: RegExp;
	servers: Readonly<Record<string, "user" | "password">>;
	clients: Readonly<Record<string, "user" | "password">>;
	url?: RegExp;
}

const FAMILIES: readonly Family[] = [
	{
		kind: "MinIO",
		image: /(?:^|\/)minio(?:\/minio)?(?:[:@]|$)/,
		servers: {
			MINIO_ROOT_USER: "user",
			MINIO_ROOT_PASSWORD: "password",
			MINIO_ACCESS_KEY: "user",
			MINIO_SECRET_KEY: "password",
		},
		clients: {
			MINIO_ACCESS_KEY: "user",
			MINIO_SECRET_KEY: "password",
			AWS_ACCESS_KEY_ID: "user",
			AWS_SECRET_ACCESS_KEY: "password",
			S3_ACCESS_KEY: "user",
			S3_SECRET_KEY: "password",
			S3_ACCESS_KEY_ID: "user",
			S3_SECRET_ACCESS_KEY: "password",
		},
	},
	{
		kind: "PostgreSQL",
		image: /(?:^|\/)(?:postgres|postgresql|postgis|timescaledb|pgvector)(?:[:@]|$)/,
		servers: { POSTGRES_USER: "user", POSTGRES_PASSWORD: "password" },
		clients: {
			PGUSER: "user",
			PGPASSWORD: "password",
			DB_USER: "user",
			DB_PASSWORD: "password",
			POSTGRES_USER: "user",
			POSTGRES_PASSWORD: "password",
		},
		url: /\bpostgres(?:ql)?(?:\+\w+)?:\/\/([^:@/\s]+):([^@/\s]+)@/,
	},
	{
		kind: "MySQL",
		image: /(?:^|\/)(?:mysql|mariadb)(?:[:@]|$)/,
		servers: { MYSQL_PASSWORD: "password", MYSQL_ROOT_PASSWORD: "password", MARIADB_ROOT_PASSWORD: "password" },
		clients: { MYSQL_PWD: "password", DB_PASSWORD: "password" },
		url: /\bmysql(?:\+\w+)?:\/\/([^:@/\s]+):([^@/\s]+)@/,
	},
	{
		kind: "RabbitMQ",
		image: /(?:^|\/)rabbitmq(?:[:@]|$)/,
		servers: { RABBITMQ_DEFAULT_USER: "user", RABBITMQ_DEFAULT_PASS: "password" },
		clients: { RABBITMQ_USER: "user", RABBITMQ_PASSWORD: "password" },
		url: /\bamqps?:\/\/([^:@/\s]+):([^@/\s]+)@/,
	},
];

type Pair = [name: string, value: string, place: FilePlace];

const pairsOf = (env: Part | undefined): Pair[] =>
	[...(env?.map ?? [])].flatMap(([name, part]) => (part.text === undefined ? [] : [[name, part.text, part.place]]));

/** Every credential that the servers of a job, and their clients, are told. */
export function credentialsIn(job: Job): Told[] {
	const servers: Told[] = [];
	const clients: Told[] = [];
	for (const [, service] of job.part.get("services")?.map ?? [])
		servers.push(...ofServer(service.get("image")?.text ?? "", pairsOf(service.get("env"))));
	clients.push(...ofClient(pairsOf(job.part.get("env"))), ...ofClient(pairsOf(job.workflow.root.get("env"))));
	for (const step of job.steps) {
		clients.push(...ofClient(pairsOf(step.part.get("env"))));
		for (const [image, pairs] of startedBy(step)) {
			const own = ofServer(image, pairs);
			if (own.length > 0) servers.push(...own);
			else clients.push(...ofClient(pairs));
		}
		clients.push(...ofClient(assigned(step)), ...aliases(step));
	}
	return [...servers, ...clients].map((told) => ({ ...told, value: resolved(told.value, job) }));
}

const resolved = (value: string, job: Job): string =>
	job.steps[0] === undefined ? value : filled(value, job.steps[0]);

function startedBy(step: Step): [image: string, Pair[]][] {
	const script = scriptOf(step);
	return (script?.commands ?? []).flatMap((command) => {
		const run = runOf(command);
		if (run?.image === undefined) return [];
		const pairs = environmentOf(run).map(({ name, value, option }): Pair => {
			const raw = script!
				.raw(option.value!)
				.replace(/^--env=|^-e(?=\w)/, "")
				.replaceAll(/["']/g, "");
			return [name, option.value!.dynamic ? raw.slice(raw.indexOf("=") + 1) : value, script!.place(option.word.start)];
		});
		return [[run.image.text, pairs]] as [string, Pair[]][];
	});
}

/** `mc alias set NAME URL USER PASSWORD` */
function aliases(step: Step): Told[] {
	const script = scriptOf(step);
	return (script?.commands ?? []).flatMap((command): Told[] => {
		const words = argumentsOf(command).filter(({ text }) => !text.startsWith("-"));
		const at = words.findIndex(({ text }) => text === "alias");
		const [user, password] = [words[at + 4], words[at + 5]];
		if (words[at + 1]?.text !== "set" || at < 1 || user === undefined || password === undefined) return [];
		const place = script!.place(words[at]!.start);
		return [
			{ kind: "MinIO", what: "user", server: false, name: "mc alias set", value: user.text, place },
			{ kind: "MinIO", what: "password", server: false, name: "mc alias set", value: password.text, place },
		];
	});
}

/** `export NAME=value`, `NAME=value` in a script. */
function assigned(step: Step): Pair[] {
	const script = scriptOf(step);
	return (script?.commands ?? []).flatMap(({ words }) =>
		words.flatMap((word, index): Pair[] => {
			const match = /^([A-Z][A-Z0-9_]*)=(.+)$/s.exec(word.text);
			const leads = words.slice(0, index).every(({ text }) => /^(?:export|env|\w+=.*)$/s.test(text));
			return match === null || !leads || word.dynamic ? [] : [[match[1]!, match[2]!, script!.place(word.start)]];
		}),
	);
}

function ofServer(image: string, pairs: readonly Pair[]): Told[] {
	const family = FAMILIES.find((one) => one.image.test(image));
	if (family === undefined) return [];
	return pairs.flatMap(([name, value, place]) => {
		const what = ownOf(family.servers, name);
		return what === undefined ? [] : [{ kind: family.kind, what, server: true, name, value, place }];
	});
}

function ofClient(pairs: readonly Pair[]): Told[] {
	return pairs.flatMap(([name, value, place]) =>
		FAMILIES.flatMap(({ kind, clients, url }): Told[] => {
			const [, user, password] = url?.exec(value) ?? [];
			if (user !== undefined && password !== undefined)
				return [
					{ kind, what: "user", server: false, name, value: user, place },
					{ kind, what: "password", server: false, name, value: password, place },
				];
			const what = ownOf(clients, name);
			return what === undefined ? [] : [{ kind, what, server: false, name, value, place }];
		}),
	);
}
