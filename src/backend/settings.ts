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
const command = z.union([z.array(word).min(1), z.string().regex(/^[^'"\\`$;|&<>]+$/, COMMAND)], COMMAND);
/** As nginx takes a size: bytes, or with k or m. */
const size = z.string().regex(/^[1-9]\d{0,8}[km]?$/i, "expected a size such as 512k or 1m");

const nginx = z.strictObject({
	port,
	host: bindHost.default("127.0.0.1"),
	worker_processes: z.union([z.literal("auto"), z.int().min(1).max(64)]).default(1),
	worker_connections: z.int().min(16).max(65_536).default(1024),
	/** Largest body of a request. */
	body_limit: size.default("1m"),
	/** Seconds in which a server has to say something. */
	read_timeout: z.int().min(1).max(3_600).default(60),
	/** Seconds that a WebSocket may say nothing. */
	websocket_timeout: z.int().min(1).max(86_400).default(3_600),
	/** The program, a name on the PATH or a path. */
	program: word.default("nginx"),
});

const server = z.strictObject({
	port,
	instances: z.int().min(1).max(64).default(1),
	modules: z.array(name).default([]),
	reload: z.boolean().default(false),
	command: command.optional(),
	env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
	/** Names of variables that the server gets as they are where cres runs: its secrets. */
	pass_env: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/)).default([]),
});

export const settingsSchema = z.strictObject({
	api_base_url: z.string().regex(BASE, "expected a path such as /api/v1").default("/api/v1"),
	nginx,
	servers: z.record(name, server).refine((all) => Object.keys(all).length > 0, "expected one server at least"),
	websocket: z
		.strictObject({
			routing_strategy: z.enum(["path", "query_param"]).default("path"),
			query_param_name: z
				.string()
				.regex(/^[a-z][a-z0-9_]{0,30}$/, "expected lower-case letters, digits or _")
				.default("type"),
		})
		.prefault({}),
	websocket_routes: z.record(name, name).default({}),
	/** Of every server that has none of its own. */
	command: command.optional(),
	/** Seconds in which each server has to become healthy. */
	health_timeout: z.int().min(1).max(600).default(15),
	logs: z
		.strictObject({
			/** A log that is larger becomes NAME.log.1. */
			max_size_mb: z.int().min(1).max(10_000).default(10),
			/** Files of each log besides the newest. */
			keep: z.int().min(1).max(100).default(5),
		})
		.prefault({}),
});

/** What a backend is, as its file says, with defaults. */
export type BackendSettings = z.output<typeof settingsSchema>;
export type ServerSettings = BackendSettings["servers"][string];

const CORE = "core";

/** The modules of a server; core is always among them, first. */
export const modulesOf = ({ modules }: Pick<ServerSettings, "modules">): string[] => [...new Set([CORE, ...modules])];
