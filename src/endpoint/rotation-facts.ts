import { PERIMETER_FILE } from "../contracts/perimeter.ts";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { endpointHistory, recordedEndpoint, type Endpoint } from "../state/endpoints.ts";
import { parsePerimeter } from "../perimeter/document.ts";
import { readTextIfExists } from "../system/files.ts";
import { distinct, sameAddress, type Address } from "./address.ts";
import type { Instance } from "../instances/instance.ts";
import { contractNames } from "../vast/ours.ts";
import { addressesInEnv } from "./env-file.ts";
import type { PendingRotation } from "../state/pending-rotation.ts";
import { ENV_FILE, type RotationFacts } from "./rotation-plan.ts";

export interface FactPorts {
	config: Config;
	open: (instance: string) => Promise<Instance>;
}

/** What the record, its history and the files say of the endpoint of an instance, beside the one that was verified. */
export async function readRotationFacts(
	{ config, open }: FactPorts,
	instance: string,
	present: Endpoint,
	begun: PendingRotation | undefined,
): Promise<RotationFacts> {
	const { root, state } = config;
	const [recorded, history, others, env, perimeter] = await Promise.all([
		recordedEndpoint(state, instance),
		endpointHistory(state, instance),
		otherEndpoints({ config, open }, instance),
		readTextIfExists(join(root, ENV_FILE)),
		readTextIfExists(join(root, PERIMETER_FILE)),
	]);
	const alone = contractNames(config).length === 1;
	const latest = [...(begun ? [...begun.from, begun.to] : []), ...(recorded ? [recorded] : [])];
	const before = history.toReversed();
	const isOurs = (address: Address) => alone || [...latest, ...before].some((one) => sameAddress(one, address));
	const written = [
		...addressesInEnv(env ?? "", instance, isOurs),
		...parsePerimeter(perimeter ?? "").endpoints.filter((row) => row.instance === instance),
	];
	const stale = distinct([...latest, ...written, ...before])
		.filter((one) => ![present, ...others].some((other) => sameAddress(one, other)))
		.map(({ host, port }) => ({ host, port }));
	return { instance, present, stale, others, alone };
}

async function otherEndpoints({ config, open }: FactPorts, instance: string): Promise<Address[]> {
	const others = Object.keys(config.instances).filter((name) => name !== instance);
	const found = await Promise.all(others.map(async (name) => (await open(name)).endpoint()));
	return found.flatMap(({ host, port }) => (host === null || port === null ? [] : [{ host, port }]));
}
