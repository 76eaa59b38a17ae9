import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { readFile, readdir, readlink } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "../errors/errors.ts";
import { childEnvironment } from "./child-environment.ts";
import { makeFolder } from "./files.ts";
import { markOf } from "./mark.ts";
import { sayAt, stopPipe } from "./named-pipe.ts";
import { parseProcStat } from "./proc-stat.ts";

/** A program with its arguments, never a shell string. */
export interface Program {
	file: string;
	args: readonly string[];
	/** Added to the part of the environment that programs get (childEnvironment). */
	env?: Record<string, string>;
	/** Absolute; default: that of this process. */
	cwd?: string;
}

/** A process that runs. */
interface RunningProcess {
	/**
	 * When it started: on Linux `<id of the system's start>/<clock ticks since then>`, so that no other process, before
	 * or after a restart of the system, has the same pid and the same start; elsewhere the time that ps tells, with the
	 * program, or CIM on Windows. Undefined where nobody tells it.
	 */
	startedAt: string | undefined;
	/**
	 * MARK in its environment; null: it has none. Undefined where that cannot be seen: elsewhere than on Linux, of another
	 * user's process, and of a program that has overwritten it, as nginx does.
	 */
	mark?: string | null | undefined;
	/** Real user id; undefined where the system does not tell it (Linux does). */
	uid?: number | undefined;
	/** The folder that it works in; undefined elsewhere than on Linux, and of another user's process. */
	cwd?: string | undefined;
}

/** Processes of this machine that outlive the one that started them. */
export interface Processes {
	/**
	 * Starts a program in a process group of its own and returns its pid; its output is added to the file `log`.
	 * @throws Error when the program cannot be started
	 */
	start(program: Program, log: string): Promise<number>;
	/** Undefined when no process has this pid. */
	find(pid: number): Promise<RunningProcess | undefined>;
	/** How a process that this one started has ended: `exit 3`, `SIGKILL`; undefined while it runs, and for others. */
	ended?(pid: number): string | undefined;
	/** Pids of all processes with a MARK that begins so, this one left out; none where the system does not show it. */
	marked(beginning: string): Promise<number[]>;
	/** Pids of the group that this process led, once it has ended: no other process has led it. None elsewhere than on Linux. */
	bereaved(pid: number): Promise<number[]>;
	/** Pids of what a process started and has not lost yet; none where the system does not show it. */
	children(pid: number): Promise<number[]>;
	/**
	 * Tells the program that was started with this MARK to end, on Windows, which has no signals: those of our images wait
	 * for it. False where nobody waits, and elsewhere.
	 */
	tell?(mark: string): Promise<boolean>;
	/** Asks the process to end (on Windows that ends it at once), or sends it another signal; does nothing when it is gone. */
	ask(pid: number, name?: NodeJS.Signals): void;
	/** Ends the process and, except on Windows, all that it started in its group; does nothing when they are gone. */
	kill(pid: number): void;
}

export const systemProcesses: Processes = {
	start,
	async find(pid) {
		if (process.platform !== "linux") return signal(pid, 0) ? { startedAt: await startBySystem(pid) } : undefined;
		const [boot, mark, uid, cwd] = await Promise.all([systemStart(), markOf(pid), userOf(pid), folderOf(pid)]);
		const text = await readStat(pid);
		if (text === undefined) return undefined;
		const { ended, ending, startTicks } = parseProcStat(text);
		return ended ? undefined : { startedAt: `${boot}/${startTicks}`, mark: ending ? undefined : mark, uid, cwd };
	},
	ended: (pid) => ends.get(pid),
	async marked(beginning) {
		if (process.platform !== "linux") return [];
		const pids = await allPids();
		const marks = await Promise.all(pids.map(async (pid) => ({ pid, mark: await markOf(pid) })));
		return marks.filter(({ pid, mark }) => pid !== process.pid && mark?.startsWith(beginning)).map(({ pid }) => pid);
	},
	async bereaved(pid) {
		if (process.platform !== "linux") return [];
		const leader = await readStat(pid);
		if (leader !== undefined && !parseProcStat(leader).ended) return [];
		const pids = await allPids();
		const stats = await Promise.all(pids.map(async (one) => ({ pid: one, text: await readStat(one) })));
		const left = stats.flatMap(({ pid: one, text }) =>
			text === undefined ? [] : { pid: one, ...parseProcStat(text) },
		);
		return left.filter(({ group, ended }) => group === pid && !ended).map((one) => one.pid);
	},
	async children(pid) {
		const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
		return text.split(" ").filter(Boolean).map(Number);
	},
	tell: async (mark) => process.platform === "win32" && (await sayAt(stopPipe(mark), "stop\n")),
	ask: (pid, name = "SIGTERM") => void signal(pid, name),
	kill(pid) {
		if (process.platform !== "win32") signal(-pid, "SIGKILL");
		signal(pid, "SIGKILL");
	},
};

/** By pid, of this process's own children. */
const ends = new Map<number, string>();

async function start({ file, args, env = {}, cwd }: Program, log: string): Promise<number> {
	const { execa } = await import("execa");
	await makeFolder(dirname(log));
	// An open file stream is handed over as a descriptor: a pipe would break when this process ends.
	const output = createWriteStream(log, { flags: "a", mode: 0o600 });
	await once(output, "open");
	try {
		const to = { stdin: "ignore", stdout: output, stderr: output } as const;
		const given = { ...ownEnvironment(env), ...(cwd === undefined ? {} : { cwd }) };
		const child = execa(file, args, { detached: true, cleanup: false, reject: false, buffer: false, ...given, ...to });
		const { pid, nodeChildProcess } = child;
		if (pid === undefined) throw new Error((await child).originalMessage);
		ends.delete(pid);
		nodeChildProcess.once("exit", (code, signal) => ends.set(pid, signal ?? `exit ${code}`));
		nodeChildProcess.unref();
		return pid;
	} finally {
		output.destroy();
	}
}

/** Start and program of a process by ps (POSIX.1-2024, ps; lstart is of BSD and macOS), on Windows its start by CIM. */
export async function startBySystem(pid: number): Promise<string | undefined> {
	if (process.platform === "win32") return startByCim(pid);
	const { execa } = await import("execa");
	const options = { reject: false, timeout: 5_000, ...ownEnvironment({ LC_ALL: "C" }) } as const;
	const { stdout } = await execa("ps", ["-p", String(pid), "-o", "lstart=,comm="], options);
	return stdout.trim() || undefined;
}

/** Win32_Process.CreationDate, in UTC with 100 ns (learn.microsoft.com/windows/win32/cimwin32prov/win32-process). */
export async function startByCim(pid: number): Promise<string | undefined> {
	const { execa } = await import("execa");
	const script = `(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').CreationDate.ToUniversalTime().ToString('o')`;
	const args = ["-NoProfile", "-NonInteractive", "-Command", script];
	const { stdout } = await execa("powershell.exe", args, { reject: false, timeout: 10_000, ...ownEnvironment() });
	return stdout?.trim() || undefined;
}

/** A program that only looks gets no secret either. */
const ownEnvironment = (env: Readonly<Record<string, string>> = {}) => ({
	env: childEnvironment(env),
	extendEnv: false as const,
});

/** False when there is no such process. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
	try {
		return process.kill(pid, name);
	} catch (error) {
		if (codeOf(error) === "ESRCH") return false;
		if (name === 0 && codeOf(error) === "EPERM") return true;
		throw error;
	}
}

const allPids = async (): Promise<number[]> =>
	(await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);

/** The real one of "Uid:", see proc_pid_status(5). */
async function userOf(pid: number): Promise<number | undefined> {
	const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
	const [, uid] = /^Uid:\s+(\d+)/m.exec(text) ?? [];
	return uid === undefined ? undefined : Number(uid);
}

const folderOf = (pid: number): Promise<string | undefined> => readlink(`/proc/${pid}/cwd`).catch(() => undefined);

async function readStat(pid: number): Promise<string | undefined> {
	try {
		return await readFile(`/proc/${pid}/stat`, "utf8");
	} catch (error) {
		if (["ENOENT", "ESRCH"].includes(codeOf(error) ?? "")) return undefined;
		throw error;
	}
}

/** Linux draws a new one at every start of the system. */
const systemStart = async (): Promise<string> => (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
