import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { envOf } from "../facts/env.ts";
import type { EnvStatement } from "../facts/env-statement.ts";
import { editOf, placeIn, unique } from "../facts/found.ts";
import { portsOf, type Asker, type Listener } from "../facts/ports.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS424",
	scope: "static",
	severity: "error",
	question: "Is every port asked with the scheme that it speaks?",
	why: "A plain request to a TLS port floods the log with warnings and never gets an answer; a TLS one to a plain port fails at once.",
	example: "nginx has `listen 8443 ssl`, the probe asks `http://127.0.0.1:8443/health`; write https.",
	run(tree) {
		const { listeners, askers } = portsOf(tree);
		const told = listeners.filter(({ sure, tls }) => sure && tls !== undefined);
		const asked = unique(askers).flatMap((asker) =>
			mismatch(
				asker,
				told.filter(({ port }) => port === asker.port),
			),
		);
		return {
			looked: `${told.length} programs that listen, ${askers.length} that ask`,
			findings: [...asked, ...secureFlags(tree)],
		};
	},
} satisfies StaticCheck;

function mismatch({ scheme, text, file, line }: Asker, listeners: readonly Listener[]): Found[] {
	const tls = scheme === "https" || scheme === "wss" ? true : scheme === "http" || scheme === "ws" ? false : undefined;
	if (tls === undefined || listeners.length === 0 || listeners.some((one) => one.tls === tls)) return [];
	const right = scheme!.startsWith("ws") ? (tls ? "ws" : "wss") : tls ? "http" : "https";
	return [
		{
			message: `${text} is asked ${tls ? "with" : "without"} TLS, and the port speaks ${tls ? "without" : "with"} it`,
			evidence: [placeIn(file, line), ...listeners.map((one) => placeIn(one.file, one.line))],
			fix: {
				say: `write ${right}:// in ${file.path}:${line}`,
				...editOf(file, line, text, text.replace(scheme!, right)),
			},
		},
	];
}

/** `MINIO_SECURE=true` beside `MINIO_ENDPOINT=http://…`, in one file. */
function secureFlags(tree: Tree): Found[] {
	const sets = envOf(tree).filter(
		({ how, comment, file, value }) =>
			how === "sets" &&
			!comment &&
			value !== undefined &&
			(standingOf(file.path) === "live" || isEnvExample(file.path)),
	);
	const blocks = Map.groupBy(sets, ({ file, block }) => `${file.path}\n${block}`);
	return [...blocks.values()].flatMap((block) => block.flatMap((flag) => againstUrl(flag, block)));
}

function againstUrl(flag: EnvStatement, block: readonly EnvStatement[]): Found[] {
	const prefix = /^(\w+?)_(?:SECURE|USE_SSL|USE_TLS|SSL|TLS|USE_HTTPS)$/.exec(flag.name)?.[1];
	const on = /^(?:1|true|yes|on)$/i.test(flag.value!)
		? true
		: /^(?:0|false|no|off)$/i.test(flag.value!)
			? false
			: undefined;
	if (prefix === undefined || on === undefined) return [];
	const url = block.find(
		({ name, value }) =>
			new RegExp(`^${prefix}_(?:ENDPOINT|URL|ADDRESS|HOST|SERVER)$`).test(name) && /^https?:\/\//.test(value!),
	);
	if (!url || url.value!.startsWith("https") === on) return [];
	const side = (one: EnvStatement): { file: SourceFile; line: number } => one;
	return [
		{
			message: `${flag.name} is ${flag.value!} and ${url.name} begins with ${url.value!.split(":")[0]!}://`,
			evidence: [placeIn(side(flag).file, flag.line), placeIn(url.file, url.line)],
			fix: { say: `write ${flag.name}=${on ? "false" : "true"}, or the other scheme in ${url.name}` },
		},
	];
}
