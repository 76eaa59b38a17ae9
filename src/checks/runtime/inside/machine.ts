import type { InsideFacts } from "../inside-facts.ts";
import type { Tools } from "./tools.ts";

/** Bytes and inodes of the disks that jobs write to (statfs(2)). Runs inside of the container. */
export function disks({ ask, environment }: Tools): InsideFacts["disks"] {
	const { statfsSync, existsSync } = process.getBuiltinModule("node:fs");
	const models = environment["MODELS_DIR"] || "/workspace/packages/models";
	return [...new Set([...ask.disks, models])].filter(existsSync).map((path) => {
		const { bsize, blocks, bavail, files, ffree } = statfsSync(path);
		return { path, total: bsize * blocks, free: bsize * bavail, inodes: files, freeInodes: ffree };
	});
}

/** Of the container's own cgroup: version 2, else version 1. */
export function memory({ ask, read }: Tools): InsideFacts["memory"] {
	const number = (path: string): number | undefined => {
		const text = read(`${ask.cgroup}/${path}`).trim();
		return /^\d+$/.test(text) ? Number(text) : undefined;
	};
	const counted = (path: string, name: string): number =>
		Number(new RegExp(`^${name} (\\d+)$`, "m").exec(read(`${ask.cgroup}/${path}`))?.[1] ?? 0);
	const modern = number("memory.current");
	const used = modern ?? number("memory/memory.usage_in_bytes");
	if (used === undefined) throw new Error(`there is no memory controller below ${ask.cgroup}`);
	const limit = modern === undefined ? number("memory/memory.limit_in_bytes") : number("memory.max");
	const unlimited = limit === undefined || limit > 2 ** 53;
	const [events, stat] =
		modern === undefined ? ["memory/memory.oom_control", "memory/memory.stat"] : ["memory.events", "memory.stat"];
	const reclaimable = counted(stat, modern === undefined ? "total_inactive_file" : "inactive_file");
	return { limit: unlimited ? null : limit, used, reclaimable, oomKills: counted(events, "oom_kill") };
}

/** What the driver says; where no GPU is meant to be, nobody asks. */
export async function gpu({ environment, cut, on, run }: Tools): Promise<InsideFacts["gpu"]> {
	const cudaImage = environment["CUDA_VERSION"] ?? "";
	const nothing = { cudaImage, cudaDriver: "", devices: [], failure: "" };
	if (on("GPU_PRETEND")) return { pretended: true, ...nothing };
	try {
		const wanted = "--query-gpu=name,driver_version,memory.total,memory.used";
		const [rows, all] = await Promise.all([
			run("nvidia-smi", [wanted, "--format=csv,noheader,nounits"], 4_000),
			run("nvidia-smi", [], 4_000).catch(() => ""),
		]);
		const devices = rows.split("\n").flatMap((row) => {
			const [name, driver, totalMiB, usedMiB] = row.split(",").map((cell) => cell.trim());
			if (!name || usedMiB === undefined) return [];
			return [{ name, driver: driver!, totalMiB: Number(totalMiB) || 0, usedMiB: Number(usedMiB) || 0 }];
		});
		const cudaDriver = /CUDA Version:\s*([\d.]+)/.exec(all)?.[1] ?? "";
		const failure = devices.length === 0 ? `nvidia-smi names no device: ${cut(rows.trim(), 200)}` : "";
		return { pretended: false, cudaImage, cudaDriver, devices, failure };
	} catch (error) {
		return { pretended: false, ...nothing, failure: cut((error as Error).message, 500) };
	}
}
