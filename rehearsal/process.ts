import { spawn } from "node:child_process";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readTextIfExists } from "../src/system/files.ts";

/** A long-running program of the perimeter: where its pid and its log are kept. */
export interface Service {
	name: string;
	/** Directory of the perimeter. */
	directory: string;
}

const pidFile = ({ directory, name }: Service): string => join(directory, "run", `${name}.json`);
const logFile = ({ directory, name }: Service): string => join(directory, "log", `${name}.log`);

/** Starts a program that outlives this process; its output goes to the log file. */
export async function startService(
	service: Service,
	file: string,
	args: readonly string[],
	env: Record<string, string> = {},
): Promise<void> {
	await Promise.all([pidFile(service), logFile(service)].map((path) => mkdir(dirname(path), { recursive: true })));
	const log = await open(logFile(service), "a");
	try {
		const child = spawn(file, args, {
			detached: true,
			stdio: ["ignore", log.fd, log.fd],
			env: { ...process.env, ...env },
		});
		await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
		child.unref();
		await writeFile(pidFile(service), JSON.stringify({ pid: child.pid, file }));
	} finally {
		await log.close();
	}
}

/** The pid of the service when that very program still runs; a pid that another program got since does not count. */
export async function runningPid(service: Service): Promise<number | undefined> {
	const text = await readTextIfExists(pidFile(service));
	if (text === undefined) return undefined;
	const { pid, file } = JSON.parse(text) as { pid: number; file: string };
	const command = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
	return command.some((word) => word === file || word.endsWith(`/${file}`)) || command[0]?.startsWith(`${file}:`)
		? pid
		: undefined;
}

/** SIGTERM, SIGKILL after `graceMs`; returns when the process is gone. */
export async function stopService(service: Service, graceMs = 20_000): Promise<void> {
	const pid = await runningPid(service);
	if (pid !== undefined) {
		process.kill(pid, "SIGTERM");
		await until(`${service.name} ends`, async () => (await runningPid(service)) === undefined, graceMs).catch(() =>
			process.kill(pid, "SIGKILL"),
		);
	}
	await rm(pidFile(service), { force: true });
}

/** Looks every 100 ms until `check` is true; a check that throws is not true yet. @throws Error after `timeoutMs` */
async function until(what: string, check: () => Promise<boolean>, timeoutMs: number): Promise<void> {
	const end = Date.now() + timeoutMs;
	let reason = "";
	while (Date.now() < end) {
		try {
			if (await check()) return;
		} catch (error) {
			reason = `: ${error instanceof Error ? error.message : String(error)}`;
		}
		await delay(100);
	}
	throw new Error(`gave up waiting until ${what} after ${timeoutMs / 1000} s${reason}`);
}

/** Runs a service unless it answers already, and waits until it does. */
export async function ensureService(
	service: Service,
	healthy: () => Promise<boolean>,
	start: () => Promise<void>,
	timeoutMs = 60_000,
): Promise<"reused" | "started"> {
	if ((await runningPid(service)) !== undefined && (await healthy().catch(() => false))) return "reused";
	await stopService(service);
	await start();
	await until(`${service.name} answers (log: ${logFile(service)})`, healthy, timeoutMs);
	return "started";
}

/** True when an HTTP server answers there, whatever it says. */
export const answersHttp = async (url: string): Promise<boolean> =>
	(await fetch(url, { signal: AbortSignal.timeout(2_000) })).status > 0;
