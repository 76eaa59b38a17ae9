import { PERIMETER_FILE } from "../contracts/perimeter.ts";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { endpointHistory, recordedEndpoint, type Endpoint } from "../instances/endpoint.ts";
import { parsePerimeter } from "../perimeter/document.ts";
import { readTextIfExists } from "../system/files.ts";
import { distinct, sameAddress, type Address } from "./address.ts";
import { vastInstances } from "./discover.ts";
import { addressesInEnv } from "./env-file.ts";
import type { Intent } from "./intent.ts";
import { ENV_FILE, type Situation } from "./rotation-plan.ts";

/** What the record, its history and the files say of the endpoint of an instance, beside the one that was proven. */
export async function readSituation(
	config: Config,
	instance: string,
	present: Endpoint,
	begun: Intent | undefined,
): Promise<Situation> {
	const { root } = config;
	const [recorded, history, others, env, perimeter] = await Promise.all([
		recordedEndpoint(root, instance),
		endpointHistory(root, instance),
		otherEndpoints(config, instance),
		readTextIfExists(join(root, ENV_FILE)),
		readTextIfExists(join(root, PERIMETER_FILE)),
	]);
	const alone = vastInstances(config).length === 1;
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

async function otherEndpoints(config: Config, instance: string): Promise<Address[]> {
	const others = Object.entries(config.instances).filter(([name]) => name !== instance);
	const found = await Promise.all(
		others.map(async ([name, one]) => (one.driver === "docker" ? one : recordedEndpoint(config.root, name))),
	);
	return found.flatMap((one) => (one ? [{ host: one.host, port: one.port }] : []));
}
