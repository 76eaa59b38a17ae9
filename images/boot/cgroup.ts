import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProgramName } from "./names.ts";

/** Directory of each limited program's own cgroup. */
export type Cgroups = ReadonlyMap<ProgramName, string>;

/**
 * llama maps its model: a cgroup counts those pages, and a model larger than the limit would be read from disk over and
 * over. The watchdog counts what is its own.
 */
const LEFT_TO_WATCHDOG: readonly ProgramName[] = ["llama"];

/**
 * Makes a cgroup with its limit for each program; empty where the container may not, which is the usual case.
 * `root` is where cgroups are mounted.
 */
export async function makeCgroups(
	limits: ReadonlyMap<ProgramName, number>,
	root = "/sys/fs/cgroup",
	own = "/proc/self/cgroup",
): Promise<Cgroups> {
	const wanted = [...limits].filter(([name]) => !LEFT_TO_WATCHDOG.includes(name));
	try {
		const { parent, file } = existsSync(join(root, "cgroup.controllers"))
			? await openModern(root)
			: await openLegacy(root, own);
		const made = wanted.map(async ([name, bytes]) => {
			const directory = join(parent, `cres-${name}`);
			await make(directory);
			await writeFile(join(directory, file), String(bytes));
			return [name, directory] as const;
		});
		return new Map(await Promise.all(made));
	} catch {
		return new Map();
	}
}

const make = (directory: string): Promise<void> =>
	mkdir(directory).catch((error: unknown) => {
		if (!existsSync(directory)) throw error;
	});

/** Version 2 shares memory out only below a group that holds no process itself: those there now move aside. */
async function openModern(root: string): Promise<{ parent: string; file: string }> {
	const aside = join(root, "cres-init");
	await make(aside);
	const processes = (await readFile(join(root, "cgroup.procs"), "utf8")).split("\n").filter(Boolean);
	for (const pid of processes) await writeFile(join(aside, "cgroup.procs"), pid);
	await writeFile(join(root, "cgroup.subtree_control"), "+memory");
	return { parent: root, file: "memory.max" };
}

/** Version 1: the container's own group, which stands at the root unless the host's tree is mounted. */
async function openLegacy(root: string, own: string): Promise<{ parent: string; file: string }> {
	const line = (await readFile(own, "utf8")).split("\n").find((text) => /^\d+:memory:/.test(text));
	const below = join(root, "memory", line?.split(":")[2] ?? "");
	return { parent: existsSync(below) ? below : join(root, "memory"), file: "memory.limit_in_bytes" };
}

/** How often the kernel has ended a process of the group for want of memory. */
export async function oomKills(directory: string): Promise<number> {
	const texts = ["memory.events", "memory.oom_control"].map((file) =>
		readFile(join(directory, file), "utf8").catch(() => ""),
	);
	return Number(/^oom_kill (\d+)$/m.exec((await Promise.all(texts)).join("\n"))?.[1] ?? 0);
}
