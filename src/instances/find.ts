import { closest } from "fastest-levenshtein";
import type { Config } from "../config/config.ts";
import type { DockerInstance, InstanceConfig, VastInstance } from "../config/schema.ts";
import { UserError } from "../errors/errors.ts";
import type { Secret } from "../secrets/secret.ts";
import type { ContainerHost } from "./docker/container-host.ts";
import { createDockerHost, loadDocker } from "./docker/docker-host.ts";
import { pinnedHostKey } from "./host-keys.ts";
import { keyFile } from "./ssh/key-file.ts";
import { connectSsh, type SshTarget } from "./ssh/session.ts";

/** The settings of a configured instance. @throws UserError unknown_instance (usage) */
export function instanceConfig(config: Config, name: string): InstanceConfig {
	const found = Object.hasOwn(config.instances, name) ? config.instances[name] : undefined;
	if (found) return found;
	const names = Object.keys(config.instances);
	const hint =
		names.length === 0
			? `cres instance adopt ${name} --host HOST --user USER --key FILE`
			: `did you mean ${closest(name, names)}? cres.yaml has: ${names.join(", ")}`;
	throw new UserError("unknown_instance", `no instance is called ${name}`, { hint });
}

/** @throws UserError unknown_instance, wrong_driver (usage) */
export function dockerInstance(config: Config, name: string): DockerInstance {
	const found = instanceConfig(config, name);
	if (found.driver === "docker") return found;
	throw wrongDriver(name, "docker");
}

/** @throws UserError unknown_instance, wrong_driver (usage) */
export function vastInstance(config: Config, name: string): VastInstance {
	const found = instanceConfig(config, name);
	if (found.driver === "vast") return found;
	throw wrongDriver(name, "vast");
}

const wrongDriver = (name: string, wanted: string) =>
	new UserError("wrong_driver", `${name} has not the driver ${wanted} in cres.yaml`, {
		hint: "cres instance list shows which instance has which driver",
	});

/** Where `name` answers and which host key is pinned for it. */
export async function sshTarget(config: Config, name: string): Promise<SshTarget> {
	const { host, port, user, key } = dockerInstance(config, name);
	const file = keyFile(config.root, key);
	return { name, host, port, user, key: file, fingerprint: (await pinnedHostKey(config.root, name))?.fingerprint };
}

/**
 * One ssh connection to the instance with its Docker daemon behind it. Close it when done.
 * @param dialled called when the host was dialled: what takes long to load is best loaded while it answers
 */
export async function openContainerHost(
	config: Config,
	name: string,
	credential: { username: string; password: Secret } | undefined,
	signal: AbortSignal,
	dialled: () => void = () => {},
): Promise<ContainerHost> {
	const session = await connectSsh(await sshTarget(config, name), signal, () => {
		dialled();
		void loadDocker();
	});
	return createDockerHost({ name, socket: dockerInstance(config, name).docker_socket, session, credential });
}
