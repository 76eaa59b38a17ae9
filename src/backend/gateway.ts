import { createHash } from "node:crypto";
import { accessLog, indent, indented, location, quoted, valueOfMap } from "./gateway-words.ts";
import { homesOf, instancesOf } from "./layout.ts";
import type { BackendSettings } from "./settings.ts";

export interface GatewayPlace {
	/** Absolute; nginx writes its pid and its temporary files below it. */
	directory: string;
	/** Absolute; for the access log. */
	logs: string;
	/** Whom the workers run as, where nginx is started by root: its own directories are root's. */
	user?: string | undefined;
	/** `1.22.1`; older ones lack a directive. */
	version?: string | undefined;
}

const MARK = /^# settings ([0-9a-f]{16})$/m;

/** What the text of a gateway was made from; undefined: it is none of ours. */
export const markOf = (text: string): string | undefined => MARK.exec(text)?.[1];

/** Changes whenever the text would. */
export const gatewayMark = (settings: BackendSettings, place: GatewayPlace): string =>
	createHash("sha256")
		.update(JSON.stringify([settings, place]))
		.digest("hex")
		.slice(0, 16);

/**
 * The configuration of nginx (https://nginx.org/en/docs/dirindex.html) for a backend: REST by the prefix of a module,
 * WebSockets by path or by a query parameter, load spread over instances. Equal settings give equal text.
 */
export const gatewayText = (settings: BackendSettings, place: GatewayPlace): string =>
	`# Made by cres backend. Change the settings instead: cres backend gateway writes this file again.
# settings ${gatewayMark(settings, place)}
${place.user === undefined ? "" : `user ${place.user};\n`}worker_processes ${settings.nginx.worker_processes};
worker_rlimit_nofile ${2 * settings.nginx.worker_connections};
worker_shutdown_timeout ${settings.nginx.websocket_timeout}s;
pid ${quoted(`${place.directory}/nginx.pid`)};
error_log stderr notice;

events {
${indented([`worker_connections ${settings.nginx.worker_connections};`])}
}

http {
${indented([...common(settings, place), ...maps(settings), ...upstreams(settings), ...gatewayServer(settings)])}
}
`;

const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

function common({ nginx }: BackendSettings, { directory, logs, version }: GatewayPlace): string[] {
	return [
		"server_tokens off;",
		"default_type application/octet-stream;",
		// Without the query: it may hold a token.
		`log_format cres '[$time_iso8601] $remote_addr "$request_method $uri" $status $body_bytes_sent '`,
		"                '$request_time $upstream_addr $cres_request_id';",
		`access_log ${quoted(accessLog(directory, logs))} cres;`,
		...TEMPORARY.map((name) => `${name}_temp_path ${quoted(`${directory}/tmp/${name}`)};`),
		`client_max_body_size ${nginx.body_limit};`,
		"client_header_timeout 15s;",
		"client_body_timeout 30s;",
		"send_timeout 30s;",
		"keepalive_timeout 65s;",
		// Callers that keep a connection are told to open another one before a worker that is replaced goes away.
		...(atLeast(version, [1, 27, 4]) ? ["keepalive_min_timeout 2s;"] : []),
		"",
	];
}

function atLeast(version: string | undefined, wanted: readonly number[]): boolean {
	if (version === undefined) return false;
	const parts = version.split(".").map(Number);
	const at = wanted.findIndex((part, index) => parts[index] !== part);
	return at === -1 || parts[at]! > wanted[at]!;
}

function maps({ websocket, websocket_routes }: BackendSettings): string[] {
	const modules = Object.keys(websocket_routes).map((module) => `    ${valueOfMap(module)} ${module};`);
	const byArgument = websocket.routing_strategy === "query_param" && modules.length > 0;
	const chosen = [`map $arg_${websocket.query_param_name} $cres_module {`, '    default "";', ...modules, "}"];
	return [
		"map $http_upgrade $cres_connection {",
		"    default upgrade;",
		'    "" "";',
		"}",
		"map $http_x_request_id $cres_request_id {",
		"    default $request_id;",
		'    "~^[A-Za-z0-9._-]{1,64}$" $http_x_request_id;',
		"}",
		...(byArgument ? chosen : []),
		"",
	];
}

const member = (port: number): string => `server 127.0.0.1:${port} fail_timeout=2s`;

/** The same gateway, which sends no new requests to one port. */
export const drainedText = (text: string, port: number): string =>
	text.replace(`${member(port)};`, `${member(port)} down;`);

const upstream = (server: string): string => `${server}_backend`;

function upstreams(settings: BackendSettings): string[] {
	const instances = Map.groupBy(instancesOf(settings), ({ server }) => server);
	return [...instances].flatMap(([server, all]) => [
		`upstream ${upstream(server)} {`,
		...all.map(({ port }) => `    ${member(port)};`),
		// Less than the 5 s after which uvicorn and Node close an idle connection.
		"    keepalive 32;",
		"    keepalive_timeout 2s;",
		"}",
	]);
}

function gatewayServer(settings: BackendSettings): string[] {
	const { nginx, api_base_url } = settings;
	const host = nginx.host.includes(":") ? `[${nginx.host}]` : nginx.host;
	const rest = [...homesOf(settings)].flatMap(([module, server]) =>
		location(`${api_base_url}/${module}/`, [
			`proxy_pass http://${upstream(server)};`,
			...forwarded('""', nginx.read_timeout),
		]),
	);
	return [
		"",
		"server {",
		...indent([
			`listen ${host}:${nginx.port};`,
			"server_name _;",
			"add_header X-Request-Id $cres_request_id always;",
			...OWN_ANSWERS.map(({ of, name }) => `error_page ${of} ${name};`),
			...rest,
			...websockets(settings),
			...location("/", ["return 404;"]),
			...OWN_ANSWERS.flatMap(({ name, status, detail }) => location(name, answering(status, detail))),
		]),
		"}",
	];
}

/** What the gateway answers by itself, for which statuses of nginx. */
const OWN_ANSWERS = [
	{ of: "404", name: "@missing", status: 404, detail: "Not Found" },
	{ of: "413", name: "@large", status: 413, detail: "the body of the request is larger than nginx.body_limit" },
	{ of: "502 504 =", name: "@unavailable", status: 503, detail: "the server of this module does not answer" },
];

/** Such an answer has the form of the api's. */
const answering = (status: number, detail: string): string[] => [
	"default_type application/json;",
	`return ${status} '${JSON.stringify({ detail })}';`,
];

/** Headers of the caller, such as its token, are passed on by themselves. */
const forwarded = (connection: string, timeout: number): string[] => [
	"proxy_http_version 1.1;",
	`proxy_set_header Connection ${connection};`,
	"proxy_set_header Host $host:$server_port;",
	"proxy_set_header X-Request-Id $cres_request_id;",
	"proxy_set_header X-Forwarded-For $remote_addr;",
	"proxy_set_header X-Forwarded-Proto $scheme;",
	"proxy_connect_timeout 5s;",
	`proxy_read_timeout ${timeout}s;`,
	`proxy_send_timeout ${timeout}s;`,
];

/** A server has each of its WebSockets at one path, whichever way callers name it. */
function websockets(settings: BackendSettings): string[] {
	const { websocket, websocket_routes, api_base_url, nginx } = settings;
	const routes = Object.entries(websocket_routes);
	const byArgument = websocket.routing_strategy === "query_param" && routes.length > 0;
	const chosen = location(`= ${api_base_url}/ws`, [
		...['if ($cres_module = "") {', "    return 404;", "}"],
		`rewrite ^ ${api_base_url}/$cres_module/ws last;`,
	]);
	const direct = routes.flatMap(([module, server]) =>
		// Exact where nobody may name it: REST routes such as wsx would be hidden with it.
		location(`${byArgument ? "= " : ""}${api_base_url}/${module}/ws`, [
			...(byArgument ? ["internal;"] : []),
			`proxy_pass http://${upstream(server)};`,
			"proxy_set_header Upgrade $http_upgrade;",
			...forwarded("$cres_connection", nginx.websocket_timeout),
		]),
	);
	return byArgument ? [...chosen, ...direct] : direct;
}
