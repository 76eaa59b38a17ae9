import { connectSsh } from "../ssh/session.ts";
import type { ContainerHost } from "./container-host.ts";
import { loadDocker } from "./daemon.ts";
import { createDockerHost } from "./docker-host.ts";
import type { ConnectHost } from "./ports.ts";
import { sshTarget } from "./ssh-target.ts";

/** One ssh connection to the instance with its Docker daemon behind it. Close it when done. */
export const openContainerHost: ConnectHost = async (ports, signal, dialled = () => {}): Promise<ContainerHost> => {
	const session = await connectSsh(await sshTarget(ports), signal, () => {
		dialled();
		void loadDocker();
	});
	const { name, settings, credential } = ports;
	return createDockerHost({ name, socket: settings.docker_socket, session, credential, signal });
};
