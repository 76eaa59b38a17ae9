import { vastInstance } from "../find.ts";
import { reachContract, type Reached } from "./connect.ts";
import type { RolloutPorts } from "../../rollout/ports.ts";
import { conditionOf, refuseForeign, standing } from "./contract.ts";
import { reachPorts } from "./roll/observe.ts";

/** The running container of an instance, proven to be the contract's. Close its session. */
export async function reach(ports: RolloutPorts): Promise<Reached> {
	const { config, instance } = ports;
	const vast = await ports.vast();
	const { id } = vastInstance(config, instance);
	const contract = refuseForeign(await vast.read(id), config.project, instance, id);
	const condition = conditionOf(contract);
	if (condition !== "up") throw standing(instance, contract, condition === "on-its-way" ? "silent" : condition);
	return reachContract(reachPorts(ports, vast), instance, contract);
}
