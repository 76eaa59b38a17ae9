import { nothingDeployed } from "../nothing-deployed.ts";
import { ourContainers } from "./containers.ts";
import type { DockerPorts } from "./ports.ts";

/** What the running container was started with; values of secrets are left empty. */
export async function environment(ports: DockerPorts): Promise<Record<string, string>> {
	const host = await ports.host();
	const [container] = await ourContainers(host, ports);
	if (!container) throw nothingDeployed(ports.name);
	const all = await host.environment(container.id);
	const { secrets } = ports.config;
	return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, secrets.includes(name) ? "" : value]));
}
