import { envOf } from "../facts/env.ts";
import type { EnvStatement } from "../facts/env-statement.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS446",
	scope: "static",
	severity: "error",
	question: "Has every address of the settings the form that its reader takes: a URL, host:port, or a host?",
	why: "The client refuses it at start, or looks for a host of that name: `http` with port `//127.0.0.1:9000`.",
	example: "`MINIO_ENDPOINT=http://127.0.0.1:9000` for `Minio(…)`, which takes host:port; write 127.0.0.1:9000.",
	run(tree) {
		const readers = tree.in("python", "javascript").flatMap((file) => readersIn(file));
		const findings = readers.length === 0 ? [] : readers.flatMap((one) => against(tree, one));
		return {
			looked: `${readers.length} clients that take an address`,
			findings: [...new Map(findings.map((one) => [one.message, one])).values()],
		};
	},
} satisfies StaticCheck;

type Form = "host" | "host:port" | "URL";

interface Reader {
	form: Form;
	/** The name in code, `minio_endpoint`, or of the environment itself. */
	name: string;
	client: string;
	file: SourceFile;
	line: number;
}

const ARG = String.raw`\s*(?:await\s+)?(?:str\(\s*)?([\w.$?!\[\]"'()]+)`;
const TAKES: readonly (readonly [form: Form, client: string, pattern: RegExp, needs: RegExp])[] = [
	["host:port", "Minio()", new RegExp(String.raw`\bMinio\((?:\s*endpoint\s*=)?${ARG}`, "g"), /\bminio\b/],
	[
		"host:port",
		"Client.connect()",
		new RegExp(String.raw`\bClient\.connect\((?:\s*target_host\s*=)?${ARG}`, "g"),
		/temporalio/,
	],
	[
		"host:port",
		"Connection.connect()",
		new RegExp(String.raw`\b(?:Native)?Connection\.connect\(\{[^}]*?\baddress:${ARG}`, "g"),
		/temporalio/,
	],
	["host:port", "the channel of gRPC", new RegExp(String.raw`\b(?:in)?secure_channel\(${ARG}`, "g"), /\bgrpc\b/],
	["host:port", "Kafka", new RegExp(String.raw`\bbootstrap_servers\s*=\s*\[?${ARG}`, "g"), /kafka/i],
	["host", "Redis(host=…)", new RegExp(String.raw`\bRedis\(\s*host\s*=${ARG}`, "g"), /\bredis\b/],
	[
		"host",
		"connect(host=…)",
		new RegExp(String.raw`\b(?:psycopg2?|asyncpg|pymysql|mysql\.connector)\.connect\(\s*host\s*=${ARG}`, "g"),
		/psycopg|asyncpg|mysql/,
	],
	["host", "Minio.Client({endPoint})", new RegExp(String.raw`\bendPoint:${ARG}`, "g"), /\bminio\b/],
	[
		"URL",
		"from_url()",
		new RegExp(String.raw`\b(?:Redis|redis|aioredis|StrictRedis)\.from_url\(${ARG}`, "g"),
		/\bredis\b/,
	],
	["URL", "endpoint_url of boto3", new RegExp(String.raw`\bendpoint_url\s*=${ARG}`, "g"), /boto/],
	[
		"URL",
		"base_url",
		new RegExp(String.raw`\b(?:Async)?(?:Client|OpenAI)\([^()]*?\bbase_url\s*=${ARG}`, "g"),
		/httpx|openai/,
	],
	["URL", "an HTTP client", /\b(?:httpx|requests)\.(?:get|post|put|head)\(\s*f["']\{([\w.]+)\}\//g, /httpx|requests/],
	["URL", "fetch()", /\bfetch\(\s*`\$\{([\w.]+)\}\//g, /fetch/],
	["URL", "a schema of URLs", /\b([A-Z][A-Z0-9_]{3,}):\s*z\s*\.\s*(?:string\(\)\s*\.\s*)?url\(/g, /\bzod\b/],
];
/** The program makes the form itself. */
const MADE =
	/removeprefix\(\s*["']https?|replace\(\s*(?:["']https?:\/\/|\/\^?https?)|urlparse\(|urlsplit\(|split\(\s*["']:\/\/|new URL\(|["'`]https?:\/\/["'`]\s*\+|f["']https?:\/\/\{|`https?:\/\/\$\{|startswith\(\s*["'(]+http|startsWith\(\s*["'`]http/;

/** A word of each pattern. */
const ANY =
	/Minio|\bconnect\(|secure_channel|bootstrap_servers|from_url|endpoint_url|base_url|\b(?:httpx|requests)\.|fetch\(\s*`|endPoint|Redis\(|\burl\(/;

function readersIn(file: SourceFile): Reader[] {
	if (standingOf(file.path) !== "live" || isAside(file.path) || file.text.length > 300_000) return [];
	if (!file.has(ANY) || file.has(MADE)) return [];
	return TAKES.flatMap(([form, client, pattern, needs]) =>
		!file.has(needs)
			? []
			: file.matches(pattern).flatMap(({ 0: all, 1: argument, index }): Reader[] => {
					const name =
						/["']([A-Z][A-Z0-9_]{3,})["']/.exec(argument!)?.[1] ?? /([A-Za-z_]\w*)[!?)\]]*$/.exec(argument!)?.[1];
					const at = index + all.length - 1;
					return name === undefined || isComment(file, at) ? [] : [{ form, client, name, file, line: file.lineAt(at) }];
				}),
	);
}

/** The names of the environment that a name of code is filled from. */
function namesOf(tree: Tree, { name }: Reader): Set<string> {
	if (/^[A-Z][A-Z0-9_]+$/.test(name) && envOf(tree).some((one) => one.name === name)) return new Set([name]);
	const filled = new RegExp(
		`\\b${name}\\s*(?::\\s*[\\w| \\[\\]]+)?[=:]\\s*[^\\n=]*?(?:["']|\\benv\\.)([A-Z][A-Z0-9_]{3,})\\b`,
		"g",
	);
	const found = new Set<string>();
	for (const file of tree.in("python", "javascript")) {
		const { text, path } = file;
		if (standingOf(path) !== "live" || !text.includes(name)) continue;
		for (const [, env] of text.matchAll(filled)) found.add(env!);
		const prefix = /env_prefix["']?\s*[=:]\s*["'](\w*)["']/.exec(text)?.[1] ?? "";
		if (file.includes("BaseSettings") && new RegExp(`^[ \\t]+${name}\\s*:`, "m").test(text))
			found.add((prefix + name).toUpperCase());
		if (found.size > 0 && MADE.test(text)) return new Set();
	}
	return found.size === 1 ? found : new Set();
}

function against(tree: Tree, reader: Reader): Found[] {
	const names = namesOf(tree, reader);
	return envOf(tree).flatMap((said): Found[] => {
		const counts = standingOf(said.file.path) === "live" || isEnvExample(said.file.path);
		if (!names.has(said.name) || said.comment || !counts || said.value === undefined) return [];
		const right = rightFor(reader.form, said.value);
		return right === undefined ? [] : [foundFor(reader, said, right)];
	});
}

const foundFor = ({ form, client, file, line }: Reader, said: EnvStatement, right: string): Found => ({
	message: `${said.file.path} sets ${said.name} to ${masked(said.value!)}, and ${client} takes ${form === "URL" ? "a URL" : `a ${form}`}`,
	evidence: [placeIn(said.file, said.line), placeIn(file, line)],
	fix: { say: `write ${masked(right)}`, ...editOf(said.file, said.line, said.value!, right) },
});

const masked = (value: string): string => value.replace(/\/\/[^/@]*@/, "//…@");

/** The value in the form that is taken; undefined where it has it, or nobody can say. */
function rightFor(form: Form, value: string): string | undefined {
	if (value === "" || /[$<>{}\s,]|^unix:|^your|^change/i.test(value)) return undefined;
	const [, host, port] = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([\w.-]+)(?::(\d+))?(?:\/.*)?$/i.exec(value) ?? [];
	if (form === "URL") return /^[\w.-]+:\d{2,5}(?:\/[\w/.-]*)?$/.test(value) ? `http://${value}` : undefined;
	if (form === "host:port") return host === undefined ? undefined : port === undefined ? host : `${host}:${port}`;
	return host ?? /^([\w.-]+):\d{2,5}$/.exec(value)?.[1];
}
