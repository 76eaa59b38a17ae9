import { readFile, readdir } from "node:fs/promises";

/** One process as /proc shows it. */
export interface ProcessMemory {
	pid: number;
	parent: number;
	/** Anonymous memory, in RAM and in swap, in bytes. Files that are mapped, models for one, do not count. */
	anonymous: number;
}

/** All processes of the container. One that ends meanwhile is left out. */
export async function readProcesses(): Promise<ProcessMemory[]> {
	const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
	const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, "utf8").catch(() => "")));
	return texts.flatMap((text) => parseStatus(text) ?? []);
}

/** Reads /proc/<pid>/status. */
export function parseStatus(text: string): ProcessMemory | undefined {
	const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? Number.NaN);
	const [pid, parent] = [field("Pid"), field("PPid")];
	if (Number.isNaN(pid) || Number.isNaN(parent)) return undefined;
	// Kernel threads and the dead have no memory.
	return { pid, parent, anonymous: ((field("RssAnon") || 0) + (field("VmSwap") || 0)) * 1024 };
}

/** A process and all below it. */
export function treeOf(root: number, processes: readonly ProcessMemory[]): ProcessMemory[] {
	const own = processes.filter(({ pid }) => pid === root);
	const children = processes.filter(({ parent }) => parent === root);
	return [...own, ...children.flatMap(({ pid }) => treeOf(pid, processes))];
}
