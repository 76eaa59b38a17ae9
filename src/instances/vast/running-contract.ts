import { assertOurs, conditionOf, standing } from "./contract.ts";
import { connectContract, type Connected } from "./connect.ts";
import type { VastPorts } from "./ports.ts";

/** The running container of an instance, verified to be the contract's. Close its session. */
export async function connectRunning(ports: VastPorts): Promise<Connected> {
	const { config, name, settings } = ports;
	const account = await ports.vast();
	const contract = assertOurs(await account.read(settings.id), config.project, name, settings.id);
	const condition = conditionOf(contract);
	if (condition !== "up") throw standing(name, contract, condition === "on-its-way" ? "silent" : condition);
	return connectContract({ ...ports, account }, contract);
}
