import { ensureService, stopService, type Service } from "../process.ts";
import type { Part, PartContext } from "../part.ts";

const SOCKET = "/var/run/docker.sock";
const service = ({ directory }: PartContext): Service => ({ name: "dockerd", directory });

/** A client of the daemon at a unix socket. */
export async function dockerAt(socketPath: string) {
	const { default: Docker } = await import("dockerode");
	return new Docker({ socketPath });
}

/** True when the daemon answers; throws when it stores images in anything but overlay2. */
export async function answersDocker(socketPath: string): Promise<boolean> {
	const { Driver } = (await (await dockerAt(socketPath)).info()) as { Driver: string };
	if (Driver !== "overlay2")
		throw new Error(
			`the Docker daemon at ${socketPath} uses ${Driver}; overlay2 is needed (its data root must not lie on an overlay file system)`,
		);
	return true;
}

/** The operator's Docker daemon: the one that answers, else one that is started and stopped with the perimeter. */
export const docker: Part = {
	name: "docker",
	at: () => SOCKET,
	async up(context) {
		if (await answersDocker(SOCKET).catch(() => false)) return "reused";
		const { startService } = await import("../process.ts");
		return ensureService(
			service(context),
			() => answersDocker(SOCKET),
			() => startService(service(context), "dockerd", []),
		);
	},
	down: (context) => stopService(service(context)),
	status: () => answersDocker(SOCKET).catch(() => false),
};
