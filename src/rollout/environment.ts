import { instanceConfig } from "../instances/find.ts";
import { driverOf } from "../instances/open.ts";
import type { RolloutPorts } from "./ports.ts";

/** What the worker's process has in its environment; names of secrets with an empty value. */
export async function readEnvironment(ports: RolloutPorts): Promise<Record<string, string>> {
	const driver = await driverOf(instanceConfig(ports.config, ports.instance));
	return driver.environment(ports);
}
