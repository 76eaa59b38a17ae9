import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { envOf } from "./env.ts";
import { outlineOf } from "./outline.ts";
import { standingOf } from "./standing.ts";

/** An address that a file gives to a name. */
export interface NamedAddress {
	/** In capitals with underscores, whatever the language: `temporal.address` is TEMPORAL_ADDRESS. */
	name: string;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
	block: string;
	address: ParsedAddress;
	/** It is a constant of a program: an endpoint of the system only where settings know the name, too. */
	constant: boolean;
}

interface ParsedAddress {
	scheme: string | undefined;
	host: string;
	port: number | undefined;
	text: string;
}

const HOST = "[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:.]+\\]";
const ADDRESS = new RegExp(`^(?:([a-z][a-z0-9+.-]*)://)?(?:[^\\s@/]*@)?(${HOST})(?::(\\d{1,6}))?(?:[/?#].*)?$`, "i");

/** `scheme://host:port/path`, `host:port`, an IP address, or a name with a dot or `localhost`. */
function parseAddress(value: string): ParsedAddress | undefined {
	const text = value.trim();
	const [, scheme, host, port] = ADDRESS.exec(text) ?? [];
	if (host === undefined) return undefined;
	if (scheme === undefined && port === undefined && !/^(?:\d{1,3}(?:\.\d{1,3}){3}|localhost)$|\.[a-z]{2,}$/i.test(host))
		return undefined;
	return {
		scheme: scheme?.toLowerCase(),
		host: host.toLowerCase(),
		port: port === undefined ? undefined : Number(port),
		text,
	};
}

/** Names that hold an address, and of what. */
const ADDRESS_NAME =
	/_(?:ADDR|ADDRESS|ENDPOINT|HOST|HOSTPORT|HOST_PORT|URL|URI|SERVER|ORIGIN|BROKER|TARGET|UPSTREAM)S?$/;
const PLAIN = /^(?:address|host|endpoint|url|uri|server|hostname|upstream|origin)$/i;

export const addressesOf = once((tree: Tree): readonly NamedAddress[] => {
	const fromEnv = envOf(tree).flatMap((one) =>
		one.comment || one.value === undefined ? [] : named(one.name, one.value, one),
	);
	const files = tree.files.filter(({ path, text }) => standingOf(path) !== "vendored" && text.length < 400_000);
	const made = [
		...fromEnv,
		...files.flatMap((file) => [...parameters(file), ...constants(file), ...settings(file), ...documented(file)]),
	];
	const seen = new Set<string>();
	return made.filter(
		({ name, file, line }) => !seen.has(`${name} ${file.path} ${line}`) && seen.add(`${name} ${file.path} ${line}`),
	);
});

function named(
	name: string,
	value: string,
	at: { file: SourceFile; line: number; block: string },
	constant = false,
): NamedAddress[] {
	const logical = name
		.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
		.replaceAll(/[.-]/g, "_")
		.toUpperCase();
	const address = ADDRESS_NAME.test(logical) ? parseAddress(value) : undefined;
	return address ? [{ name: logical, file: at.file, line: at.line, block: at.block, address, constant }] : [];
}

const CONSTANT =
	/^[ \t]*(?:export[ \t]+)?(?:const|let|var|\[string\])?[ \t]*\$?(?:script:|global:)?([A-Za-z_]\w*)[ \t]*(?::[ \t]*\w+[ \t]*)?=[ \t]*["']([^"'\s]{4,200})["']/gm;

/** `[string] $GpuHost = '198.51.100.7'` among the parameters of a script. */
const PARAMETER =
	/^[ \t]+(?:\[[^\]\n]*\][ \t]*)*\$([A-Z]\w*)[ \t]*=[ \t]*["']([^"'\s$]{4,200})["'][ \t]*,?[ \t]*\r?$/gm;

/** Defaults of parameters are written to be used: no constants. */
const parameters = (file: SourceFile): NamedAddress[] =>
	file.language === "powershell" && file.has(/\bparam\s*\(/i)
		? file.matches(PARAMETER).flatMap(({ 0: all, 1: name, 2: value, index }) => {
				const at = index + all.indexOf("$");
				const before = file.text.slice(0, index);
				const inList =
					before.lastIndexOf("param") !== -1 &&
					!/^\s*\)/m.test(before.slice(before.toLowerCase().lastIndexOf("param")));
				return inList && !isComment(file, at) ? named(name!, value!, { file, line: file.lineAt(at), block: "" }) : [];
			})
		: [];

function constants(file: SourceFile): NamedAddress[] {
	if (!["python", "javascript", "powershell"].includes(file.language)) return [];
	if (!file.has(/addr|endpoint|host|ur[il]|server|origin/i)) return [];
	return file.matches(CONSTANT).flatMap(({ 0: all, 1: name, 2: value, index }) => {
		if (file.language !== "powershell" && !/^[A-Z][A-Z0-9_]*$/.test(name!)) return [];
		const at = index + all.indexOf(name!);
		const found = named(name!, value!, { file, line: file.lineAt(at), block: "" }, true);
		return found.length === 0 || isComment(file, at) ? [] : found;
	});
}

/** `temporal: {address: …}` in YAML; `[temporal]` with `address=` in INI and TOML. */
function settings(file: SourceFile): NamedAddress[] {
	if (file.language === "yaml" && file.has(/(?:address|host|endpoint|ur[il]|server|hostname|upstream|origin)\s*:/i))
		return outlineOf(file).flatMap(({ path, value, line, block }) => {
			const keys = path.filter((key) => key !== "-");
			const own = keys.at(-1) ?? "";
			if (block || value === "" || keys.at(-2) === "environment" || keys.at(-2) === "env") return [];
			const name = PLAIN.test(own) ? `${keys.at(-2) ?? ""}_${own}` : own;
			return named(name, value, { file, line, block: keys.slice(0, -1).join(".") });
		});
	if (file.language !== "ini" && file.language !== "toml") return [];
	let section = "";
	return file.lines.flatMap((text, index) => {
		section = /^\s*\[\[?([^\][]+)\]/.exec(text)?.[1] ?? section;
		const [, key, value] = /^\s*([\w.-]+)\s*=\s*["']?([^"'\s]+)["']?\s*(?:[#;].*)?$/.exec(text) ?? [];
		if (key === undefined) return [];
		return named(PLAIN.test(key) ? `${section}_${key}` : key, value!, { file, line: index + 1, block: section });
	});
}

/** `NAME=value` and "`NAME`: `value`" of documents. */
function documented(file: SourceFile): NamedAddress[] {
	if (file.language !== "markdown" || standingOf(file.path) === "history") return [];
	return file
		.matches(/\b([A-Z][A-Z0-9_]{3,})`?\s*(?:=|:|\|)\s*["'`]*([^\s"'`|]{5,200})/g)
		.flatMap(({ 1: name, 2: value, index }) => named(name!, value!, { file, line: file.lineAt(index), block: "" }));
}

const PRIVATE = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.)/;

/** Reached from its own network alone: private and Tailscale's ranges, names of a LAN. */
export const isLan = (host: string): boolean =>
	(/^\d+\.\d+\.\d+\.\d+$/.test(host) && PRIVATE.test(host)) ||
	/\.(?:local|lan|home|home\.arpa|intranet|ts\.net)$/.test(host);

export const isLoopback = (host: string): boolean =>
	/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0|\[::\])$/.test(host);

/** Stands for an address that somebody fills in. */
export const isPlaceholder = (host: string): boolean =>
	/(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|your[\w-]*|my[\w-]*|changeme|placeholder)$|(?:^|[.-])(?:your|example|placeholder|changeme|xxx+|todo)(?:[.-]|$)|^(?:x+\.){1,3}x+$/i.test(
		host,
	);

/** A machine of its own: not this one, no service of a compose file, no placeholder. */
export const isReal = (host: string): boolean =>
	!isLoopback(host) &&
	!isPlaceholder(host) &&
	(/^\d+\.\d+\.\d+\.\d+$/.test(host) || /\.[a-z]{2,}$/.test(host)) &&
	!/\.(?:svc|cluster\.local|internal)$/.test(host);

const STAGES =
	/(?:^|[/._-])(dev|develop|development|local|stag(?:e|ing)|prod|production|test|testing|ci|qa|preview|demo|sandbox|uat|smoke)(?=[/._-]|$)/i;

/** The stage that a file or a block belongs to: each has its own addresses. Workflows make worlds of their own, too. */
export const stageOf = ({ path }: SourceFile, block = ""): string =>
	(
		STAGES.exec(path)?.[1] ??
		STAGES.exec(block.replaceAll(".", "/"))?.[1] ??
		(path.startsWith(".github/") || path.startsWith(".gitlab") ? "ci" : "")
	).toLowerCase();
