import { instanceConfig } from "../instances/find.ts";
import { driverOf } from "../instances/open.ts";
import type { RolloutPorts } from "./ports.ts";

/** Log lines of the instance's worker. Ends with the log, or on Ctrl-C when following. */
export async function* readLogs(
	ports: RolloutPorts,
	options: { tail: number; follow: boolean },
): AsyncIterable<string> {
	const driver = await driverOf(instanceConfig(ports.config, ports.instance));
	yield* driver.logs(ports, options);
}
