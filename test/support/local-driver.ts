import { connect } from "node:net";
import { execa } from "execa";
import type { DockerInstance } from "../../src/config/schema.ts";
import { UserError } from "../../src/errors/errors.ts";
import type { ContainerHost } from "../../src/instances/docker/container-host.ts";
import type { DaemonSession } from "../../src/instances/docker/daemon.ts";
import { createDockerHost } from "../../src/instances/docker/docker-host.ts";
import { dockerInstance } from "../../src/instances/docker/instance.ts";
import type { Instance } from "../../src/instances/instance.ts";
import type { InstancePorts } from "../../src/instances/ports.ts";

/** This machine, without any ssh. */
const here: DaemonSession = {
	openSocket: async (path) => connect(path),
	async exec([program = "", ...args], { input } = {}) {
		const { exitCode = 1, stdout, stderr } = await execa(program, args, { reject: false, input: (await input) ?? "" });
		return { exitCode, stdout, stderr };
	},
	onLost: () => {},
	close: () => {},
};

const noSsh = () => Promise.reject(new UserError("not_rented", "a container of this machine has no sshd"));

/**
 * A driver of its own: containers on the daemon of this machine.
 * @param spoil what becomes of the daemon before it is used
 */
export function localInstance(
	ports: InstancePorts,
	name: string,
	settings: DockerInstance,
	spoil: (host: ContainerHost) => ContainerHost,
): Instance {
	const open = async () =>
		spoil(
			await createDockerHost({ name, socket: settings.docker_socket, session: here, credential: ports.credential }),
		);
	const nowhere = { host: null, port: null, via: null, generation: null, contract: null, fingerprint: null };
	return {
		...dockerInstance(ports, name, settings, (_ports, _signal, dialled) => {
			dialled?.();
			return open();
		}),
		...{ sshTarget: noSsh, connect: noSsh, checks: () => [] },
		endpoint: async () => ({ ...nowhere, verifiedBy: null, since: null }),
	};
}
