import { open } from "node:fs/promises";
import { UserError } from "../errors/errors.ts";
import { LineSplitter } from "../services/line-splitter.ts";
import { withoutEscapes } from "../system/escapes.ts";
import { readLastLines } from "../system/files.ts";
import { fileSize } from "../system/log-file.ts";
import type { ControlPorts } from "./control-ports.ts";
import { openServices } from "./open.ts";
import { pick } from "./pick.ts";

export interface LogLine {
	service: string;
	text: string;
}

export interface LogQuery {
	/** Last lines of each service. */
	tail: number;
	/** Goes on until the signal. */
	follow: boolean;
}

/** Of a log, at most so many bytes are looked through. */
const TAIL_BYTES = 1_000_000;
const STEP_BYTES = 65_536;
const LOOK_EVERY_MS = 300;
const ANSWER_MS = 60_000;

/** The last lines of each service, then, with `follow`, new ones as they come. @throws UserError unknown_service (usage) */
export async function* readLogs(
	ports: ControlPorts,
	names: readonly string[],
	query: LogQuery,
): AsyncGenerator<LogLine> {
	const opened = pick(await openServices(ports), names);
	const followed: Followed[] = [];
	for (const one of opened) {
		const { log } = one.source;
		const service = one.service.name;
		if ("elsewhere" in log) ports.progress.note(log.elsewhere);
		else if ("container" in log) yield* ofContainer(ports, service, { ...query, ...log });
		else {
			const { text, end } = await readLastLines(log.file, TAIL_BYTES);
			followed.push({ service, file: log.file, at: end, splitter: new LineSplitter() });
			// The beginning of a line comes with its end.
			const shown = query.follow ? text.slice(0, text.lastIndexOf("\n") + 1) : text;
			for (const line of lastOf(shown, query.tail)) yield { service, text: line };
		}
	}
	if (query.follow) yield* follow(ports, followed);
}

function lastOf(text: string, tail: number): string[] {
	const lines = linesOf(text.replace(/\r?\n$/, ""));
	return tail === 0 || text === "" ? [] : lines.slice(-tail);
}

const linesOf = (text: string): string[] => withoutEscapes(text).split(/\r?\n/);

/** The last lines that Docker has of a container (docs.docker.com/reference/cli/docker/container/logs). */
async function* ofContainer(
	{ progress, findProgram, shell }: ControlPorts,
	service: string,
	{ container, tail, follow }: LogQuery & { container: string },
): AsyncGenerator<LogLine> {
	if (follow) progress.note(`to follow ${service}: docker logs --follow ${container}`);
	const file = (await findProgram("docker")) ?? "docker";
	const asked = ["logs", "--tail", String(tail), container];
	const { exitCode, stdout, stderr } = await shell.run(file, asked, { timeoutMs: ANSWER_MS });
	if (exitCode !== 0)
		throw new UserError("docker_unreachable", `Docker has no log of ${container}: ${stderr.trim()}`, {
			hint: `cres control boot ${service}`,
		});
	for (const text of linesOf([stdout, stderr].filter(Boolean).join("\n"))) yield { service, text };
}

interface Followed {
	service: string;
	file: string;
	/** Bytes that were read. */
	at: number;
	/** Holds the beginning of a line whose end is not written yet. */
	splitter: LineSplitter;
}

async function* follow({ clock, signal }: ControlPorts, logs: Followed[]): AsyncGenerator<LogLine> {
	while (!signal.aborted) {
		for (const log of logs) yield* newLines(log);
		await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
	}
}

/** A log that became shorter was begun again. */
async function* newLines(log: Followed): AsyncGenerator<LogLine> {
	const size = await fileSize(log.file);
	if (size < log.at) Object.assign(log, { at: 0, splitter: new LineSplitter() });
	while (log.at < size) {
		const part = await readAt(log.file, log.at);
		if (part.length === 0) return;
		log.at += part.length;
		for (const text of log.splitter.push(part)) yield { service: log.service, text: withoutEscapes(text) };
	}
}

async function readAt(path: string, at: number): Promise<Buffer> {
	await using file = await open(path);
	const { buffer, bytesRead } = await file.read(Buffer.alloc(STEP_BYTES), 0, STEP_BYTES, at);
	return buffer.subarray(0, bytesRead);
}
