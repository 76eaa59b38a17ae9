import type { DockerClient } from "../../image/docker-cli.ts";
import { LAYERED_STORAGE } from "../../system/docker-storage.ts";
import type { Shell } from "../../system/shell.ts";
import { ok, warn, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

/** Whether a Docker daemon answers here that builds well. */
export const dockerChecks = ({ shell, docker }: Pick<DoctorPorts, "shell" | "docker">): Check[] => [
	{
		name: "docker",
		fix: "start Docker, or set DOCKER_HOST; docker info must answer",
		async run(signal) {
			const client = await docker(signal);
			const { driver } = await readDaemon(shell, client, signal);
			const observed = `${client.file} ${client.version} builds at ${client.host} (${client.server}, ${driver || "storage driver unknown"})`;
			if (driver === "" || LAYERED_STORAGE.includes(driver)) return ok(observed);
			return warn(observed, 'set "storage-driver": "overlay2" in the daemon\'s daemon.json and restart Docker');
		},
	},
];

/** What the daemon says of its storage; empty where it does not tell. */
export async function readDaemon(
	shell: Shell,
	{ file }: Pick<DockerClient, "file">,
	signal: AbortSignal,
): Promise<{ driver: string; dataRoot: string }> {
	const { stdout, exitCode } = await shell.run(file, ["info", "--format", "{{.Driver}}\t{{.DockerRootDir}}"], {
		signal,
	});
	const [driver = "", dataRoot = ""] = exitCode === 0 ? stdout.trim().split("\t") : [];
	return { driver, dataRoot };
}
