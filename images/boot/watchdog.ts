import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import { SUPERVISOR_CONFIG } from "../../src/contracts/vast.ts";
import { createLog } from "../runtime/logger.ts";
import { environmentOf } from "../runtime/process-environment.ts";
import { oomKills } from "./cgroup.ts";
import { readProcesses, treeOf, type ProcessMemory } from "./memory.ts";
import { fullName, inMiB, PIDS, type ProgramName } from "./names.ts";
import { control } from "./supervisor.ts";
import { judge, parseWatched, type Watched } from "./watch.ts";

const LOOK_EVERY = 1_000;

const { values, positionals } = parseArgs({
	options: { config: { type: "string", default: SUPERVISOR_CONFIG } },
	allowPositionals: true,
});
const log = createLog();
const names = new Map<number, string>();
const restarting = new Set<ProgramName>();
const kills = new Map<ProgramName, number>();
const watched = positionals.map(parseWatched);

log("INFO", "memory watchdog starts", { limits: positionals });
for (;;) {
	await lookAtAll();
	await delay(LOOK_EVERY);
}

async function lookAtAll(): Promise<void> {
	const processes = await readProcesses();
	const children = processes.filter(({ parent }) => parent === process.ppid);
	for (const { pid } of children) names.set(pid, names.get(pid) || (await nameOf(pid)));
	for (const one of watched) {
		const roots = children.filter(({ pid }) => names.get(pid) === one.name);
		const tree = roots.flatMap(({ pid }) => treeOf(pid, processes));
		look(one, tree);
		await nameKills(one);
	}
	for (const pid of names.keys()) if (!children.some((child) => child.pid === pid)) names.delete(pid);
}

/** Empty until the program has been executed: a fork of supervisord has supervisord's environment. */
async function nameOf(pid: number): Promise<string> {
	const environment = await environmentOf(pid);
	return environment["SUPERVISOR_PROCESS_NAME"] ?? (Object.keys(environment).length > 0 ? "" : notedName(pid));
}

/** What images/etc/as-user has noted of a program whose environment is another user's. */
async function notedName(pid: number): Promise<string> {
	for (const name of await readdir(PIDS).catch(() => []))
		if (Number(await readFile(join(PIDS, name), "utf8").catch(() => "")) === pid) return name;
	return "";
}

function look(one: Watched, tree: readonly ProcessMemory[]): void {
	const observed = tree.reduce((total, { anonymous }) => total + anonymous, 0);
	const verdict = judge(one, observed, restarting.has(one.name));
	if (verdict === "well") return;
	const fields = { program: one.name, limitMiB: inMiB(one.limit), observedMiB: inMiB(observed) };
	if (verdict === "kill") {
		log("ERROR", `${one.name} is killed: far over its memory limit`, fields);
		for (const { pid } of tree) kill(pid);
		return;
	}
	log("ERROR", `${one.name} is restarted: over its memory limit`, fields);
	void restart(one.name);
}

async function restart(name: ProgramName): Promise<void> {
	restarting.add(name);
	try {
		await control(values.config, ["restart", fullName(name)]);
	} catch (error) {
		log("ERROR", `${name} could not be restarted`, { error });
	} finally {
		restarting.delete(name);
	}
}

/** What the kernel ended is started again by supervisord; why it ended only the cgroup knows. */
async function nameKills({ name, limit, cgroup }: Watched): Promise<void> {
	if (cgroup === undefined) return;
	const count = await oomKills(cgroup);
	const before = kills.get(name) ?? count;
	kills.set(name, count);
	if (count > before)
		log("ERROR", `${name} was ended by the kernel: over the memory limit of its cgroup`, {
			program: name,
			limitMiB: inMiB(limit),
			processes: count - before,
		});
}

function kill(pid: number): void {
	try {
		process.kill(pid, "SIGKILL");
	} catch {
		// It ended by itself.
	}
}
