import { nothingDeployed } from "../nothing-deployed.ts";
import { ourContainers } from "./containers.ts";
import type { DockerPorts } from "./ports.ts";

/** Log lines of the instance's running container, else of the newest. Ends with the log, or on Ctrl-C when following. */
export async function* readLogs(ports: DockerPorts, options: { tail: number; follow: boolean }): AsyncIterable<string> {
	const host = await ports.host();
	const [container] = await ourContainers(host, ports);
	if (!container) throw nothingDeployed(ports.name);
	yield* host.logs(container.id, { ...options, signal: ports.signal });
}
