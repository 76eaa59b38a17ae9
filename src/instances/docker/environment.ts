import { isSecretName } from "../../contracts/runtime-env.ts";
import { nothingDeployed } from "../nothing-deployed.ts";
import { ourContainers } from "./containers.ts";
import type { DockerPorts } from "./ports.ts";

/** What the running container was started with; values of secrets are left empty. */
export async function environment(ports: DockerPorts): Promise<Record<string, string>> {
	const host = await ports.host();
	const [container] = await ourContainers(host, ports);
	if (!container) throw nothingDeployed(ports.name);
	const all = await host.environment(container.id);
	const isSecret = (name: string) => ports.config.secrets.includes(name) || isSecretName(name);
	return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, isSecret(name) ? "" : value]));
}
