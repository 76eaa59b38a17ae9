import { statfs } from "node:fs/promises";
import { bytes } from "../../system/text.ts";
import { ok, warn, type Check, type Verdict } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";
import { readDaemon } from "./docker.ts";

/** Room for a base image, its build cache and one image more. */
const MINIMUM_FREE_BYTES = 10e9;

/** Room for images and state on this machine. */
export const diskChecks = ({ config, shell, docker }: Pick<DoctorPorts, "config" | "shell" | "docker">): Check[] => [
	{
		name: "disk of the project",
		fix: "free space: docker system prune, or a larger disk",
		run: () => roomAt(config.root),
	},
	{
		name: "disk of Docker",
		fix: "start Docker, or set DOCKER_HOST; docker info must answer",
		async run(signal) {
			const client = await docker(signal);
			const { dataRoot } = await readDaemon(shell, client, signal);
			if (!/^(unix|npipe):/.test(client.host)) return ok(`${client.host} is another machine`);
			return roomAt(dataRoot).catch(() => ok(`${dataRoot || "its data root"} is not on a file system of this machine`));
		},
	},
];

async function roomAt(path: string): Promise<Verdict> {
	const { bavail, bsize } = await statfs(path);
	return roomVerdict(path, bavail * bsize);
}

/** Judges bytes that are free at `path`: fewer than an image needs are a warning. */
export function roomVerdict(path: string, freeBytes: number): Verdict {
	const observed = `${bytes(freeBytes)} free at ${path}`;
	if (freeBytes >= MINIMUM_FREE_BYTES) return ok(observed);
	return warn(observed, `free at least ${bytes(MINIMUM_FREE_BYTES)}: docker system prune, or a larger disk`);
}
