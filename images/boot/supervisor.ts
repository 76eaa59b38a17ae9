import { execFile } from "node:child_process";
import { closeSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

/** What becomes supervisord, and wakes it. */
const OWNER = "/app/images/etc/owner.py";
/** File descriptor on which the owner is told to go on. */
const ANSWER = 3;
const ANSWER_TIMEOUT = 2_000;
/** Of an answer that is one number. */
const ANSWER_BYTES = 65_536;
/** A supervisord that starts answers within this, in milliseconds. */
const START_TIMEOUT = 10_000;
/** What stops programs takes as long as they are given to end; a supervisord that hangs takes for ever. In milliseconds. */
const CHANGE_TIMEOUT = 15 * 60_000;

export interface Supervisor {
	/** Path of its configuration. */
	config: string;
	/** Path of its socket. */
	socket: string;
}

/** Process id of the supervisord that answers there; undefined when none does: a socket alone is no proof. */
export function askPid({ socket }: Pick<Supervisor, "socket">): Promise<number | undefined> {
	const { promise, resolve } = Promise.withResolvers<number | undefined>();
	const call = request(
		{ socketPath: socket, path: "/RPC2", method: "POST", headers: { "content-type": "text/xml" } },
		(answer) => {
			let text = "";
			answer.setEncoding("utf8").on("data", (part: string) => {
				if ((text += part).length > ANSWER_BYTES) call.destroy();
			});
			answer.on("end", () => resolve(Number(/<int>(\d+)<\/int>/.exec(text)?.[1]) || undefined));
			answer.on("error", () => resolve(undefined));
		},
	);
	const late = setTimeout(() => call.destroy(), ANSWER_TIMEOUT);
	call
		.on("error", () => resolve(undefined))
		.on("close", () => {
			clearTimeout(late);
			resolve(undefined);
		});
	call.end("<?xml version='1.0'?><methodCall><methodName>supervisor.getPID</methodName><params/></methodCall>");
	return promise;
}

/** Has the process owner that started this program go on as supervisord, without those variables. */
export function goOnAsSupervisor(without: readonly string[]): void {
	writeSync(ANSWER, ["start", ...without].join("\n"));
	closeSync(ANSWER);
}

/**
 * Starts supervisord in the background; another start that comes first is taken as well.
 * @throws Error with its words when none answers in 10 s
 */
export async function startSupervisor(supervisor: Supervisor, environment: Record<string, string>): Promise<number> {
	const { promise, resolve } = Promise.withResolvers<string>();
	execFile("python3", ["-I", OWNER, "--daemon"], { env: environment }, (_error, stdout, stderr) =>
		resolve((stderr || stdout).trim()),
	);
	const said = await promise;
	for (const end = Date.now() + START_TIMEOUT; Date.now() < end; await delay(50)) {
		const pid = await askPid(supervisor);
		if (pid !== undefined) return pid;
	}
	throw new Error(`supervisord does not answer: ${said || "it said nothing"}`);
}

/** What supervisorctl prints. Rejects with its words, and when it has not ended after `timeout` milliseconds. */
export async function control(config: string, args: readonly string[], timeout = CHANGE_TIMEOUT): Promise<string> {
	const options = { timeout, killSignal: "SIGKILL" } as const;
	const { stdout } = await promisify(execFile)("supervisorctl", ["-c", config, ...args], options).catch(
		(error: Error & { killed?: boolean }) => {
			throw error.killed ? new Error(`supervisord did not do "${args.join(" ")}" in ${timeout / 1_000} s`) : error;
		},
	);
	return stdout;
}

/**
 * Has a running supervisord take over a changed configuration: only programs and groups that changed are stopped and
 * started. Returns their names.
 */
export async function updatePrograms({ config }: Supervisor): Promise<string[]> {
	const stdout = await control(config, ["update"]);
	return stdout.split("\n").flatMap((line) => /^(\S+): (?:updated|added|removed) /.exec(line)?.[1] ?? []);
}

/** Stops a supervisord with its programs, and waits for its end. @throws Error when it goes on after `timeout` ms */
export async function stopSupervisor(pid: number, timeout = CHANGE_TIMEOUT): Promise<void> {
	process.kill(pid, "SIGTERM");
	if (await ended(pid, timeout)) return;
	throw new Error(
		`supervisord, process ${pid}, has not ended in ${timeout / 1_000} s: look at its log in /var/log/cres`,
	);
}

/** Waits until a process is gone, at most that many milliseconds; false: it is there. */
export async function ended(pid: number, timeout: number): Promise<boolean> {
	for (const end = Date.now() + timeout; await isRunning(pid); await delay(Math.min(100, timeout)))
		if (Date.now() > end) return false;
	return true;
}

/** A process that only waits to be reaped does not run. */
async function isRunning(pid: number): Promise<boolean> {
	const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
	return status !== "" && !status.includes(") Z ");
}
