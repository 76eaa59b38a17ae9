import { nothingDeployed } from "../../rollout/lifecycle.ts";
import type { RolloutPorts } from "../../rollout/ports.ts";
import { ourContainers } from "./roll/observe.ts";

/** What the running container was started with; values of secrets are left empty. */
export async function environment(ports: RolloutPorts): Promise<Record<string, string>> {
	const host = await ports.openHost();
	try {
		const [container] = await ourContainers(host, ports);
		if (!container) throw nothingDeployed(ports.instance);
		const all = await host.environment(container.id);
		const { secrets } = ports.config;
		return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, secrets.includes(name) ? "" : value]));
	} finally {
		host.close();
	}
}
