import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { GPU_QUERY, parseGpus, type Gpu } from "../runtime/nvidia-smi.ts";

/** What the container may use. */
export interface Machine {
	/** Whole cores: of affinity and quota the smaller, one at least. */
	cores: number;
	/** In bytes: the container's limit, else all memory of the machine. */
	memory: number;
	memoryFrom: "container" | "machine";
	gpus: Gpu[];
}

/** nvidia-smi hangs when the driver does; in milliseconds. */
const GPU_TIMEOUT = 10_000;

/** Looks at cgroup, affinity and nvidia-smi. A driver that does not answer in 10 s counts as no GPU. */
export async function seeMachine(): Promise<Machine> {
	const [quota, gpus] = await Promise.all([readQuota("/sys/fs/cgroup"), readGpus()]);
	const limit = process.constrainedMemory();
	const limited = limit > 0 && limit < totalmem();
	return {
		cores: coresOf(availableParallelism(), quota),
		memory: limited ? limit : totalmem(),
		memoryFrom: limited ? "container" : "machine",
		gpus,
	};
}

/** A quota of one and a half cores gives two threads something to do. */
export const coresOf = (affinity: number, quota: number | undefined): number =>
	Math.max(1, Math.min(affinity, Math.ceil(quota ?? affinity)));

/** Cores that the cgroup (version 2, else 1) grants; undefined without a quota. */
export async function readQuota(root: string): Promise<number | undefined> {
	const read = (path: string) => readFile(join(root, path), "utf8").catch(() => "");
	const [modern, quota, period] = await Promise.all(
		["cpu.max", "cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"].map(read),
	);
	const [given, every] = modern ? modern.trim().split(" ") : [quota, period];
	const cores = Number(given) / Number(every);
	return Number.isFinite(cores) && cores > 0 ? cores : undefined;
}

async function readGpus(): Promise<Gpu[]> {
	const answer = promisify(execFile)("nvidia-smi", GPU_QUERY, { timeout: GPU_TIMEOUT, killSignal: "SIGKILL" });
	return answer.then(
		({ stdout }) => parseGpus(stdout),
		() => [],
	);
}

/** Names of the entries in a directory that may not be there, sorted. */
export async function namesIn(directory: string): Promise<string[]> {
	const names: string[] = await readdir(directory).catch(() => []);
	return names.toSorted();
}
