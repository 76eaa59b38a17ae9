import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { envOf } from "./env.ts";
import { isPortName } from "./env-statement.ts";
import { outsideServersIn } from "./outside-servers.ts";
import { standingOf } from "./standing.ts";

interface PortPlace {
	port: number;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

/** A program of the tree that listens, or may. */
export interface Listener extends PortPlace {
	/** `launch`: a command or code opens it; `may`: a name, a mapping or a document speaks of it. */
	sure: boolean;
	/** With TLS, without, or nobody says. */
	tls: boolean | undefined;
	/** What is started: `app.main:app`; undefined where it is not told. */
	target: string | undefined;
}

/** Something of the tree that asks a port of its own machine. */
export interface Asker extends PortPlace {
	scheme: string | undefined;
	text: string;
}

export interface Ports {
	listeners: readonly Listener[];
	askers: readonly Asker[];
	/** Ports that a tunnel or its settings open on this machine. */
	forwards: readonly Listener[];
	/** A port is taken from a name that has no literal value: nobody can say which ports are listened on. */
	open: boolean;
}

export const portsOf = once((tree: Tree): Ports => {
	const files = tree.files.filter(
		({ path, text }) => text.length < 400_000 && !["vendored", "history", "test"].includes(standingOf(path)),
	);
	const listeners = [...files.flatMap(listenersIn), ...namedPorts(tree)];
	const askers = files.filter(({ path }) => standingOf(path) === "live").flatMap(askersIn);
	const values = new Map(
		envOf(tree).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])),
	);
	const open = files.some(
		(file) => standingOf(file.path) === "live" && file.matches(VARIABLE_PORT).some(([, name]) => !values.has(name!)),
	);
	const forwards = files
		.filter(({ path, language }) => standingOf(path) === "live" && !CODES.has(language))
		.flatMap((file) =>
			file
				.matches(FORWARD)
				.flatMap(({ 1: port, index }) =>
					isComment(file, index)
						? []
						: [{ port: Number(port), file, line: file.lineAt(index), sure: false, tls: undefined, target: undefined }],
				),
		);
	return { listeners, askers, forwards, open };
});

const CODES: ReadonlySet<string> = new Set(["python", "javascript"]);

/** Programs that serve; the option of a port means their own one. */
const SERVERS =
	/\b(?:uvicorn|gunicorn|hypercorn|daphne|granian|fastapi|flask|runserver|streamlit|gradio|llama-server|llama_cpp\.server|vllm|sglang|text-generation-launcher|whisper-server|next|vite|http-server|http\.server|serve|minio|redis-server|valkey-server|temporal(?:-server)?|caddy|jupyter|tensorboard|ollama|node|deno|bun|tsx|java|python3?|start-dev)\b/;
const CLIENTS =
	/\b(?:curl|wget|redis-cli|psql|mysql|pg_isready|nc|ssh|scp|rsync|mc|tctl|grpcurl|Test-NetConnection|Invoke-\w+|describe|task-queue|workflow|wait-for\S*)\b/;
const OPTION =
	/--(?:[\w.-]*port|bind|listen|http|addr|address|console-address|http-address|listen-address)(?:[= ]|["'],\s*["'])["']?(?:[\w.*[\]]*:)?(\d{1,6})\b(?!\.\d)|(?:\s|["'])-(?:b|p|P)(?:[= ]|["'],\s*["'])?["']?(?:[\w.*[\]]*:)?(\d{2,6})\b(?!:\d)/g;
/** The one server that takes its port as a word of its own. */
const WORD = /\bhttp\.server["']?[,\s]+["']?(\d{2,5})\b/g;
const VARIABLE_PORT = /--port(?:[= ]|["'],\s*["'])["']?\$\{?([A-Z_]\w*)\}?/g;
const TARGET = /(?<![\w.:/-])([A-Za-z_]\w*(?:\.\w+)*:\w+)(?![\w:/])|-m\s+([A-Za-z_][\w.]+)|\bllama-server\b/;
const CODE =
	/(?:\.listen\(\s*(?:\{[^}]*?port:\s*)?(?:(?:Number|parseInt)\(\s*|\+)?(?:process\.env\.\w+\s*(?:\?\?|\|\|)\s*["']?)?|\b(?:run|serve|HTTPServer|TCPServer|start)\([^)\n]*?\bport\s*[=:]\s*|HTTPServer\(\(\s*["'][^"']*["']\s*,\s*)(\d{2,6})\b/g;
/** `ListenAndServe(":8080"`, `flag.String("listen", ":8080"`, `Addr: ":8080"`. */
const GO_LISTENS =
	/(?:\b(?:ListenAndServe(?:TLS)?|net\.Listen)\((?:"tcp",\s*)?|\bflag\.String(?:Var)?\((?:&?[\w.]+,\s*)?"(?:[\w.-]*(?:listen|addr|address|bind))",\s*|\bAddr:\s*)"[\w.]*:(\d{2,5})"/g;
const MAPPING = /(?<![\w.:])(?:[\d.]+:)?(\d{2,5}):(\d{2,5})(?:\/(?:tcp|udp))?(?![\w.:])/g;

const FORWARD = /(?:-L\s*|ocal(?:Port|_port)\s*[:=]\s*)["']?(?:[\w.]+:)?(\d{2,5})\b/g;
const SPOKEN = /port["']?\s*[:=]\s*["']?(\d{2,6})\b/gi;

type Add = (port: string, at: number, sure: boolean, more?: Partial<Pick<Listener, "target" | "tls">>) => void;

function commandListeners(file: SourceFile, add: Add): void {
	for (const { 1: port, index } of file.matches(WORD)) add(port!, index, true);
	for (const { 1: long, 2: short, index } of file.matches(OPTION)) {
		const command = logicalLine(file, index);
		if (CLIENTS.test(command) || (short !== undefined && !SERVERS.test(command))) continue;
		const tls = SERVERS.test(command) ? /--ssl|--tls|--cert|--https/.test(command) : undefined;
		const target = TARGET.exec(command);
		add((long ?? short)!, index + 1, SERVERS.test(command), { tls, target: target?.[1] ?? target?.[2] });
	}
}

/** `http-socket = 127.0.0.1:8001` */
const UWSGI = /^(?:https?|socket|(?:http|https|uwsgi|fastcgi)-socket)[ \t]*=[ \t]*[\w.*[\]-]*:(\d{2,5})\b/gm;
/** `bind = "127.0.0.1:8001"` of gunicorn.py or gunicorn.conf.py */
const GUNICORN = /^bind[ \t]*=[ \t]*\[?["'][^"'\n]*:(\d{2,5})["']/gm;

function listenersIn(file: SourceFile): Listener[] {
	const standing = standingOf(file.path);
	const found: Listener[] = [];
	const add: Add = (port, at, sure, more = {}) => {
		if (sure && isComment(file, at)) return;
		found.push({
			port: Number(port),
			file,
			line: file.lineAt(at),
			sure: sure && standing === "live",
			tls: more.tls,
			target: more.target,
		});
	};
	const code = file.language === "python" || file.language === "javascript";
	if (!code || file.has(/--(?:port|bind)/)) commandListeners(file, add);
	if (code)
		for (const { 0: call, 1: port, index } of file.matches(CODE))
			if (!isBacklog(file, call, Number(port))) add(port!, index, true);
	if (file.path.endsWith(".go")) for (const { 1: port, index } of file.matches(GO_LISTENS)) add(port!, index + 1, true);
	if (file.path.endsWith(".go"))
		for (const { 1: port, index } of file.matches(/"[\w.]*:(\d{2,5})"/g)) add(port!, index, false);
	if (file.language === "nginx")
		for (const { 1: port, 2: rest, index } of file.matches(/^[ \t]*listen\s+(?:[\w.*[\]:]*:)?(\d{1,6})\b([^;]*);/gm))
			add(port!, index + 1, true, { tls: /\bssl\b/.test(rest!) });
	if (file.language === "ini" && file.has(/^\[uwsgi\]/m))
		for (const { 1: port, index } of file.matches(UWSGI)) add(port!, index, true);
	if (file.language === "python" && /gunicorn/.test(file.path))
		for (const { 1: port, index } of file.matches(GUNICORN)) add(port!, index, true);
	if (file.language === "dockerfile")
		for (const { 0: all, index } of file.matches(/^[ \t]*EXPOSE\s+.*$/gim))
			for (const [port] of all.matchAll(/\d+/g)) add(port, index, false);
	for (const pattern of code ? [SPOKEN] : [SPOKEN, FORWARD, MAPPING])
		for (const { 1: first, 2: second, index } of file.matches(pattern)) {
			add(first!, index, false);
			if (second !== undefined) add(second, index, false);
		}
	return found;
}

/** `listening.listen(64)`: how many connections a socket of Python lets wait. Servers in Python listen above 1023. */
const isBacklog = ({ language }: SourceFile, call: string, number: number): boolean =>
	language === "python" && call.startsWith(".listen(") && number < 1024;

/** The value of a name such as API_PORT is a port that something listens on. */
const namedPorts = (tree: Tree): Listener[] =>
	envOf(tree).flatMap(({ name, value, file, line }) =>
		isPortName(name) && /^\d{1,6}$/.test(value ?? "")
			? [{ port: Number(value), file, line, sure: false, tls: undefined, target: undefined }]
			: [],
	);

/** The line of an offset with those that a backslash, a backtick or an open bracket joins to it. */
function logicalLine(file: SourceFile, offset: number): string {
	let from = file.lineAt(offset);
	let to = from;
	const joined = (line: number): boolean => /[\\`^]\s*$/.test(file.lines[line - 1] ?? "");
	while (from > 1 && joined(from - 1) && to - from < 30) from--;
	while (joined(to) && to - from < 30) to++;
	return file.lines.slice(from - 1, to).join(" ");
}

const LOOPBACK_URL = /(?<![\w.@-])(?:(https?|wss?|grpc|tcp):\/\/)?(?:localhost|127\.0\.0\.1|\[::1\])[:/](\d{1,6})\b/g;
const LOOPBACK = /localhost|127\.0\.0\.1|\[::1\]/;
const ASKING = new Set(["nginx", "shell", "powershell", "batch", "ini", "dockerfile", "env"]);

function askersIn(file: SourceFile): Asker[] {
	const service = file.language === "yaml" && !/(?:^|\/)\.(?:github|gitlab|circleci)/.test(file.path);
	const code = file.language === "python" || file.language === "javascript";
	if (!(ASKING.has(file.language) || service || code) || !file.has(LOOPBACK)) return [];
	return file.matches(LOOPBACK_URL).flatMap(({ 0: text, 1: scheme, 2: port, index }) => {
		const line = file.lineAt(index);
		const whole = file.lines[line - 1]!;
		if (isComment(file, index) || /\s-[LRD]\s*\S*|ssh_config|allow_?origins|cors/i.test(whole)) return [];
		if (service && outsideServersIn(file).has(line)) return [];
		if (code && !/env|\b(?:requests|httpx|client|session)\.(?:get|post|put)\(|\bfetch\(|\burlopen\(/i.test(whole))
			return [];
		return [{ port: Number(port), scheme, text, file, line }];
	});
}

/** What other programs listen on unless somebody says otherwise. */
export const WELL_KNOWN: ReadonlySet<number> = new Set([
	...[
		22, 25, 53, 80, 443, 587, 1433, 2181, 2375, 2376, 2379, 3306, 4317, 4318, 5000, 5432, 5672, 6333, 6379, 6443, 7233,
		8233, 8500, 9000, 9001, 9042, 9090, 9092,
	],
	...[9093, 9200, 9222, 11211, 11434, 15672, 16686, 27017],
]);
