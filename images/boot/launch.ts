import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { environmentOf } from "../runtime/process-environment.ts";
import { MARKS, PIDS } from "./names.ts";
import { programFile, type LogTarget } from "./program-file.ts";
import { SECRETS, type Program } from "./programs.ts";
import { askPid, ended, goOnAsSupervisor, startSupervisor, stopSupervisor, updatePrograms } from "./supervisor.ts";

/** What supervisord shall run, with which environment. */
export interface Launch {
	programs: readonly Program[];
	/** With the secrets: they stay in memory and are written nowhere. */
	environment: Record<string, string>;
	/** Return when supervisord runs. */
	detach: boolean;
	/** Path of supervisord's configuration. */
	config: string;
}

const PROGRAMS = "/run/cres/programs.d/programs.conf";
const SOCKET = "/run/cres/supervisor.sock";
/** Starts supervisord or takes the one that runs, and tells what was done before it goes on or stays. */
export async function launch(launching: Launch, tell: (outcome: string) => void): Promise<void> {
	const supervisor = { config: launching.config, socket: SOCKET };
	const pid = await askPid(supervisor);
	if (pid !== undefined) return adopt(launching, pid, tell);
	await prepare(launching, launching.detach ? "files" : "container");
	if (launching.detach) return tell(`started, process ${await startSupervisor(supervisor, launching.environment)}`);
	// The programs do not wait for the summary.
	goOnAsSupervisor(
		SECRETS.filter((name) => process.env[name] !== undefined && launching.environment[name] === undefined),
	);
	tell(`starts as process ${process.ppid}`);
}

async function adopt(launching: Launch, pid: number, tell: (outcome: string) => void): Promise<void> {
	const running = await environmentOf(pid);
	const changed = SECRETS.filter((name) => running[name] !== launching.environment[name]).join(", ");
	// Keys are in no file, so supervisord itself must be started with them.
	const restart = changed !== "" && pid !== 1;
	const now = restart ? await startAgain(launching, pid) : pid;
	const updated = restart ? [] : await update(launching);
	const done = updated.length > 0 ? `now with other ${updated.join(", ")}` : "nothing changed";
	const kept = changed === "" ? "" : `; another ${changed} needs another container`;
	tell(
		restart ? `started again for another ${changed}, process ${now}` : `runs already, process ${pid}, ${done}${kept}`,
	);
	if (!launching.detach) await stay(now);
}

async function startAgain(launching: Launch, pid: number): Promise<number> {
	await stopSupervisor(pid);
	await prepare(launching, "files");
	return startSupervisor({ config: launching.config, socket: SOCKET }, launching.environment);
}

/** Names of the programs and groups that are other ones now. */
async function update({ programs, config }: Launch): Promise<string[]> {
	const before = await readFile(PROGRAMS, "utf8").catch(() => "");
	const text = programFile(programs, before.includes("stdout_logfile=/dev/fd/1") ? "container" : "files");
	if (text === before) return [];
	await writePrograms(text);
	return updatePrograms({ config, socket: SOCKET });
}

/** Lasts as long as a supervisord that somebody else started, and ends it when told to end. */
async function stay(pid: number): Promise<void> {
	for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.kill(pid, "SIGTERM"));
	await ended(pid, Infinity);
}

async function prepare({ programs }: Launch, logs: LogTarget): Promise<void> {
	const marks = [MARKS, PIDS].map((path) => rm(path, { recursive: true, force: true }));
	await Promise.all([mkdir("/var/log/cres", { recursive: true }), ...marks]);
	await writePrograms(programFile(programs, logs));
}

async function writePrograms(text: string): Promise<void> {
	await mkdir(dirname(PROGRAMS), { recursive: true });
	await writeFile(PROGRAMS, text, { mode: 0o600 });
}
