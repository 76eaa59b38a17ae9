import { UserError } from "../errors.ts";
import { instanceConfig } from "../instance/open.ts";
import { ourContainers } from "./observe.ts";
import type { RolloutPorts } from "./ports.ts";

/** Log lines of the instance's running container, else of the newest. Ends with the log, or on Ctrl-C when following. */
export async function* readLogs(
	ports: RolloutPorts,
	options: { tail: number; follow: boolean },
): AsyncIterable<string> {
	instanceConfig(ports.config, ports.instance);
	const host = await ports.openHost();
	try {
		const [container] = await ourContainers(host, ports);
		if (!container)
			throw new UserError("nothing_deployed", `${ports.instance} has no container of ours`, {
				hint: `cres deploy ${ports.instance}`,
			});
		yield* host.logs(container.id, { ...options, signal: ports.signal });
	} finally {
		host.close();
	}
}
