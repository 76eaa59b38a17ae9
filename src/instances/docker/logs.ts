import { nothingDeployed } from "../../rollout/lifecycle.ts";
import type { RolloutPorts } from "../../rollout/ports.ts";
import { ourContainers } from "./roll/observe.ts";

/** Log lines of the instance's running container, else of the newest. Ends with the log, or on Ctrl-C when following. */
export async function* readLogs(
	ports: RolloutPorts,
	options: { tail: number; follow: boolean },
): AsyncIterable<string> {
	const host = await ports.openHost();
	try {
		const [container] = await ourContainers(host, ports);
		if (!container) throw nothingDeployed(ports.instance);
		yield* host.logs(container.id, { ...options, signal: ports.signal });
	} finally {
		host.close();
	}
}
