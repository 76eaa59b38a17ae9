import { expectedPollers, parseTaskQueue } from "../contracts/queues.ts";
import { UserError, codeOf, messageOf } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import { within } from "../system/limits.ts";
import { counted } from "../system/text.ts";
import { observePollers } from "../temporal/pollers.ts";
import type { Temporal } from "../temporal/temporal.ts";
import { readText } from "../system/files.ts";
import type { Check } from "./check.ts";
import { NotLookedAt, findInside } from "./place.ts";
import { finderOf, searchIn, type SearchOptions, type Seen } from "./search.ts";

const HTTP_MS = 10_000;
const MOST_YAML_BYTES = 1_000_000;

/** Whether a check holds now, and what was seen. */
export interface Verdict {
	verdict: "true" | "false" | "unverifiable";
	observed: string;
}

export interface CheckPorts {
	/** Directory of the project. Nothing outside of it is read. */
	root: string;
	clock: Pick<Clock, "now">;
	signal: AbortSignal;
	temporal: () => Promise<Temporal>;
	/** False: nothing but files is looked at. */
	network: boolean;
	/** Milliseconds for an address to answer; 10,000 unless given. */
	httpMs?: number;
}

const holds = (is: boolean, observed: string): Verdict => ({ verdict: is ? "true" : "false", observed });
const unverifiable = (observed: string): Verdict => ({ verdict: "unverifiable", observed });

/** Looks; never writes, and starts no program. What cannot be looked at is unverifiable. */
export async function runCheck(check: Check, ports: CheckPorts): Promise<Verdict> {
	try {
		return await look(check, ports);
	} catch (error) {
		ports.signal.throwIfAborted();
		if (error instanceof NotLookedAt || error instanceof UserError || codeOf(error) !== undefined)
			return unverifiable(messageOf(error).replaceAll(/\s+/g, " "));
		throw error;
	}
}

function look(check: Check, ports: CheckPorts): Promise<Verdict> {
	switch (check.kind) {
		case "text":
		case "regex":
			return lookForText(check, ports);
		case "file":
			return lookForFile(check, ports);
		case "mode":
			return lookAtMode(check, ports);
		case "yaml":
			return lookAtYaml(check, ports);
		case "http":
			return lookAtHttp(check, ports);
		case "poller":
			return lookForPollers(check, ports);
	}
}

type Of<K extends Check["kind"]> = Check & { kind: K };

/** Present: in each of the files; absent: in none of them. A file that is not there tells nothing of what is absent. */
async function lookForText(check: Of<"text" | "regex">, { root, signal }: CheckPorts): Promise<Verdict> {
	const { files, expect, kind, pattern } = check;
	const options: SearchOptions = { root, kind, pattern, signal };
	const find = finderOf(options);
	const seen: [string, Seen][] = [];
	for (const file of files) seen.push([file, await searchIn(file, find, options)]);
	const missing = seen.flatMap(([file, one]) => (one.missing ? [file] : []));
	const hits = seen.flatMap(([, { hit }]) => (hit ? [`${hit.file}:${hit.line}`] : []));
	if (expect === "absent") {
		if (hits.length > 0) return holds(false, `found in ${hits.join(", ")}`);
		if (missing.length > 0) return unverifiable(`${missing.join(", ")} is not there`);
		const searched = seen.reduce((sum, [, one]) => sum + one.searched, 0);
		return searched === 0
			? unverifiable("no text file was there to search")
			: holds(true, `0 in ${counted(searched, "file")}`);
	}
	const without = seen.flatMap(([file, { hit, missing: gone }]) => (hit || gone ? [] : [file]));
	if (missing.length > 0) return holds(false, `${missing.join(", ")} is not there`);
	if (without.length > 0) return holds(false, `not in ${without.join(", ")}`);
	return holds(true, hits.join(", "));
}

async function lookForFile({ path, expect }: Of<"file">, { root }: CheckPorts): Promise<Verdict> {
	const found = await findInside(root, path);
	return holds((found.is !== "none") === (expect === "present"), found.is === "none" ? "not there" : `a ${found.is}`);
}

async function lookAtMode({ path, mode }: Of<"mode">, { root }: CheckPorts): Promise<Verdict> {
	const found = await findInside(root, path);
	if (found.is === "none") return holds(false, "not there");
	if (process.platform === "win32") return unverifiable("Windows has no such modes");
	const is = `0${(found.mode & 0o777).toString(8).padStart(3, "0")}`;
	return holds(is === mode, is);
}

async function lookAtYaml({ files }: Of<"yaml">, { root }: CheckPorts): Promise<Verdict> {
	const { parseAllDocuments } = await import("yaml");
	for (const file of files) {
		const found = await findInside(root, file);
		if (found.is !== "file") return holds(false, `${file} is ${found.is === "none" ? "not there" : "a folder"}`);
		if (found.bytes > MOST_YAML_BYTES) return unverifiable(`${file} has more than ${MOST_YAML_BYTES / 1e6} MB`);
		const fault = yamlFault(await readText(found.real), parseAllDocuments);
		if (fault !== undefined) return holds(false, `${file}: ${fault}`);
	}
	return holds(true, files.length === 1 ? "parses" : `${files.length} files parse`);
}

function yamlFault(text: string, parseAll: typeof import("yaml").parseAllDocuments): string | undefined {
	try {
		const parsed = parseAll(text);
		const documents = Array.isArray(parsed) ? parsed : [];
		return documents.flatMap(({ errors }) => errors.map(({ message }) => message.split("\n")[0]!))[0];
	} catch (error) {
		return error instanceof RangeError ? "it is nested too deeply" : messageOf(error).split("\n")[0]!;
	}
}

/** The address as it was typed, without a credential; a redirect is an answer, and no body is read. */
async function lookAtHttp(
	{ url, status }: Of<"http">,
	{ signal, network, httpMs = HTTP_MS }: CheckPorts,
): Promise<Verdict> {
	if (!network) return unverifiable("the network was not to be used");
	try {
		const answered = await within(httpMs, signal, async (ended) => {
			const response = await fetch(url, { redirect: "manual", signal: ended });
			await response.body?.cancel();
			return response.status;
		});
		return holds(answered === status, `answered ${answered}`);
	} catch (error) {
		signal.throwIfAborted();
		const cause = (error as { cause?: unknown }).cause ?? error;
		const code = codeOf(cause);
		return {
			verdict: REFUSALS.includes(code) ? "false" : "unverifiable",
			observed: `no answer (${code ?? messageOf(cause)})`,
		};
	}
}

/** Somebody is there, and does not serve it. */
const REFUSALS: readonly (string | undefined)[] = ["ECONNREFUSED", "ECONNRESET", "UND_ERR_SOCKET"];

async function lookForPollers({ queue }: Of<"poller">, { clock, temporal, network }: CheckPorts): Promise<Verdict> {
	if (!network) return unverifiable("the network was not to be used");
	const { base, role } = parseTaskQueue(queue)!;
	const { rows, missing } = await observePollers(await temporal(), expectedPollers(base, [role]), clock);
	if (missing.length > 0) return holds(false, `nobody polls ${missing.map(({ type }) => type).join(" and ")}`);
	return holds(true, [...new Set(rows.map(({ identity, verdict }) => `${identity} ${verdict}`))].join(", "));
}
