import { z } from "zod";

/** Names become names of files, of nginx upstreams and of path segments. */
const NAME = /^[a-z][a-z0-9_-]{0,30}$/;
const name = z.string().regex(NAME, "expected a lower-case letter, then letters, digits, _ or -, 31 at most");
/** A path of the API, without a slash at its end. */
const BASE = /^(?:\/[A-Za-z0-9._-]+)+$/;
const port = z.int().min(1, "expected a port from 1 to 65535").max(65_535, "expected a port from 1 to 65535");
const bindHost = z.union([z.ipv4(), z.ipv6()], "expected an IPv4 or IPv6 address");
const word = z.string().min(1);
const COMMAND = "expected a list of words, or one line without quotes and signs of a shell";
/** A list of words, or one line that is split at its blanks; no shell ever sees it. */
const command = z.union([z.array(word).min(1), z.string().regex(/^(?=.*\S)[^'"\\`$;|&<>]+$/s, COMMAND)], COMMAND);
/** As nginx takes a size: bytes, or with k or m. */
const size = z.string().regex(/^[1-9]\d{0,8}[km]?$/i, "expected a size such as 512k or 1m");

const VARIABLE = "expected the name of a variable: letters, digits and _, no digit first";
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, VARIABLE);

const nginx = z.strictObject({
	port: port.describe("port of the gateway"),
	host: bindHost.default("127.0.0.1").describe("address that the gateway listens on; 0.0.0.0 opens it to the network"),
	worker_processes: z
		.union([z.literal("auto"), z.int().min(1).max(64)])
		.default(1)
		.describe("a number, or auto"),
	worker_connections: z.int().min(16).max(65_536).default(1024).describe("connections of one worker"),
	body_limit: size.default("1m").describe("largest body of a request, such as 512k or 1m"),
	read_timeout: z.int().min(1).max(3_600).default(60).describe("seconds in which a server has to say something"),
	websocket_timeout: z.int().min(1).max(86_400).default(3_600).describe("seconds that a WebSocket may say nothing"),
	program: word.default("nginx").describe("nginx: a name on the PATH, or a path"),
});

const server = z.strictObject({
	port: port.describe("port of its first process; further ones follow"),
	instances: z.int().min(1).max(64).default(1).describe("processes of it"),
	modules: z.array(name).default([]).describe("its modules; core is on every server"),
	reload: z.boolean().default(false).describe("true: it is started again when a source changes"),
	command: command.optional().describe("what to run; {port}, {name}, {server} and {modules} are filled in"),
	env: z.record(variable, z.string()).default({}).describe("variables for it, filled in likewise"),
	pass_env: z
		.array(variable)
		.default([])
		.describe("names of variables that it gets as they are where cres runs: its secrets"),
});

export const settingsSchema = z.strictObject({
	api_base_url: z
		.string()
		.regex(BASE, "expected a path such as /api/v1")
		.default("/api/v1")
		.describe("path that all modules lie below"),
	nginx,
	servers: z.record(name, server).refine((all) => Object.keys(all).length > 0, "expected one server at least"),
	websocket: z
		.strictObject({
			routing_strategy: z
				.enum(["path", "query_param"])
				.default("path")
				.describe("path: <base>/<module>/ws; query_param: <base>/ws?type=<module>"),
			query_param_name: z
				.string()
				.regex(/^[a-z][a-z0-9_]{0,30}$/, "expected lower-case letters, digits or _")
				.default("type")
				.describe("that parameter"),
		})
		.prefault({}),
	websocket_routes: z.record(name, name).default({}).describe("server of the WebSocket of each module"),
	command: command.optional().describe("what every server runs that has no command of its own"),
	health_timeout: z.int().min(1).max(600).default(15).describe("seconds in which each server has to become healthy"),
	logs: z
		.strictObject({
			max_size_mb: z.int().min(1).max(10_000).default(10).describe("a log that is larger becomes NAME.log.1"),
			keep: z.int().min(1).max(100).default(5).describe("files of each log besides the newest"),
		})
		.prefault({}),
});

/** What a backend is, as its file says, with defaults. */
export type BackendSettings = z.output<typeof settingsSchema>;
export type ServerSettings = BackendSettings["servers"][string];

const CORE = "core";

/** The modules of a server; core is always among them, first. */
export const modulesOf = ({ modules }: Pick<ServerSettings, "modules">): string[] => [...new Set([CORE, ...modules])];
