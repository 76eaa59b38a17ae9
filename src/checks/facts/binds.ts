import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { composeServices, itemsOf } from "./compose.ts";
import { mappingsOf } from "./config-files.ts";
import { standingOf } from "./standing.ts";
import { once } from "../tree/once.ts";

/** A port that is opened on all interfaces or on loopback, as a command or a setting says. */
export interface Bind {
	port: number;
	host: "all" | "loopback";
	/** A port of a container that compose or `docker run` opens on its host. */
	published?: true;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

export const bindsOf = once((tree: Tree): readonly Bind[] => {
	const files = tree.files.filter(({ path, text, language }) => {
		const standing = standingOf(path);
		return standing === "live" && text.length < 200_000 && language !== "json" && language !== "text";
	});
	const made = [...files.flatMap(inFile), ...composed(tree), ...set(tree)];
	return made;
});

const LOOPBACK = /^(?:127\.0\.0\.1|localhost|::1|\[::1\])$/;
const ALL = /^(?:0\.0\.0\.0|\*|::|\[::\]|)$/;
const hostOf = (text: string): Bind["host"] | undefined =>
	LOOPBACK.test(text) ? "loopback" : ALL.test(text) ? "all" : undefined;

/** `--console-address ':9001'`, `--bind 0.0.0.0:8000`, `-p 8000:8000` of a container. */
const ADDRESS =
	/--(?:[\w-]*address|[\w-]*addr|listen|bind|http)["']?[=,\s]+["']?((?:[\d.]+|localhost|\*|\[::1?\])?):(\d{2,5})\b(?![.:])/g;
const LISTEN = /^[ \t]*listen[ \t]+(?:((?:\d+\.){3}\d+|\*|\[::1?\]):)?(\d{2,5})\b/gm;
const PUBLISHED = /\bdocker run\b(?:[^\n]|\\\n)*?\s(?:-p|--publish)[ \t=]+["']?(?:((?:\d+\.){3}\d+):)?(\d{2,5}):\d+/g;
/** `--port 8000`, with its `--host` near; `--ui-port "$UiPort"` with `--ui-ip`. */
const PORT = /--([a-z]+-)?port["']?[=,\s]+["']?(?:(\d{2,5})|\$\{?(\w+)\}?)\b/g;
const CODE =
	/\b(?:run|serve|listen)\([^()\n]*?\bhost["']?\s*[=:]\s*["']([\w.:]+)["'][^()\n]*?\bport["']?\s*[=:]\s*(\d{2,5})|\b(?:run|serve|listen)\([^()\n]*?\bport["']?\s*[=:]\s*(\d{2,5})[^()\n]*?\bhost["']?\s*[=:]\s*["']([\w.:]+)["']|\.listen\(\s*(\d{2,5})\s*,\s*["']([\w.:]+)["']/g;

function inFile(file: SourceFile): Bind[] {
	const found: Bind[] = [];
	const add = (host: string | undefined, port: string, at: number, published?: true): void => {
		const kind = host === undefined ? undefined : hostOf(host);
		if (kind && !isComment(file, at))
			found.push({ port: Number(port), host: kind, ...(published && { published }), file, line: file.lineAt(at) });
	};
	const { text, language } = file;
	const code = language === "python" || language === "javascript";
	if (code)
		for (const { 1: a, 2: b, 3: c, 4: d, 5: e, 6: f, index } of file.matches(CODE))
			add(a ?? d ?? f, (b ?? c ?? e)!, index);
	for (const { 1: host, 2: port, index } of file.matches(ADDRESS)) add(host, port!, index);
	if (language === "nginx")
		for (const { 0: all, 1: host, 2: port, index } of file.matches(LISTEN))
			add(host ?? "", port!, index + all.length - 1);
	if (text.includes("docker run"))
		for (const { 0: all, 1: host, 2: port, index } of file.matches(PUBLISHED))
			add(host ?? "", port!, index + all.length - 1, true);
	for (const { 1: prefix = "", 2: literal, 3: variable, index } of file.matches(PORT)) {
		const port = literal ?? valueIn(text, variable!);
		const host = new RegExp(
			`--${prefix}(?:host|ip|bind|address)["']?[=,\\s]+["']?([\\w.:]+)["']?(?=[\\s,"')]|$)`,
			"gm",
		);
		const own = [...file.lines[file.lineAt(index) - 1]!.matchAll(host)];
		const hosts = own.length > 0 ? own : [...text.slice(Math.max(0, index - 160), index + 160).matchAll(host)];
		if (port !== undefined && hosts.length === 1) add(hosts[0]![1], port, index);
	}
	return found;
}

/** The number that a name is given in its file, once: `[int]$UiPort = 8233`, `port=8081`. */
function valueIn(text: string, name: string): string | undefined {
	const all = new Set(
		[...text.matchAll(new RegExp(`(?<![\\w-])\\$?${name}\\s*=\\s*["']?(\\d{2,5})\\b`, "g"))].map(([, one]) => one),
	);
	return all.size === 1 ? [...all][0] : undefined;
}

const composed = (tree: Tree): Bind[] =>
	composeServices(tree).flatMap((service) =>
		itemsOf(service, "ports").flatMap(({ value, line }): Bind[] => {
			const plain = value.replaceAll(/\$\{\w+:?-([\w.]*)\}/g, "$1");
			const [, host, port] = /^((?:\d+\.){3}\d+:)?(\d{2,5}):\d{2,5}(?:\/tcp)?$/.exec(plain) ?? [];
			const kind = port === undefined ? undefined : hostOf((host ?? "").replace(/:$/, ""));
			return kind ? [{ port: Number(port), host: kind, published: true, file: service.file, line }] : [];
		}),
	);

/** `listen: 0.0.0.0` beside `port: 8000`. */
const set = (tree: Tree): Bind[] =>
	mappingsOf(tree).flatMap(({ file, keys, texts }): Bind[] => {
		const key = ["listen", "host", "bind", "address", "ip"].find((one) => texts.has(one));
		const port = texts.get("port");
		const kind = key === undefined ? undefined : hostOf(texts.get(key)!);
		return kind && port !== undefined && /^\d{2,5}$/.test(port)
			? [{ port: Number(port), host: kind, file, line: keys.get(key!)! }]
			: [];
	});
