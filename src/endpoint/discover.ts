import type { Config } from "../config/config.ts";
import { UserError, messageOf } from "../errors/errors.ts";
import { recordedEndpoint, type Endpoint } from "../instance/endpoint.ts";
import { vastInstance } from "../instance/open.ts";
import { proveEndpoint, type ReachPorts } from "../instance/reach.ts";
import { endpointOf, type ContractEndpoint } from "../vast/endpoint-of.ts";
import { createFleetReader } from "../vast/fleet-reader.ts";
import type { Contract, Vast } from "../vast/vast.ts";

export interface DiscoverPorts {
	config: Config;
	/** @throws UserError vast_key_missing */
	vast(): Promise<Vast>;
	reach(): Promise<ReachPorts>;
}

/** An endpoint that answered as the contract's container. */
export interface Discovered {
	endpoint: Endpoint;
	/** Build that the container says it is; null where its image is none of ours. */
	buildId: string | null;
	/** The record lacks it, or has another one. */
	differs: boolean;
}

/** What `cres endpoint discover` says of one instance. */
export interface Discovery {
	instance: string;
	contract: number;
	/** Where the platform says that it answers; null while it names nothing. */
	platform: ContractEndpoint | null;
	recorded: Endpoint | null;
	/** Null where the platform's endpoint could not be proven. */
	proven: Endpoint | null;
	differs: boolean;
	/** Why it could not be proven. */
	failure: { code: string; message: string; hint: string | null } | null;
}

/** The contracts of an account, many reads in one call. @throws UserError contract_gone, and those of the API */
export async function contractReader(ports: DiscoverPorts): Promise<(instance: string) => Promise<Contract>> {
	const [vast, { clock }] = await Promise.all([ports.vast(), ports.reach()]);
	const reader = createFleetReader(vast, clock);
	return async (instance) => {
		const { id } = vastInstance(ports.config, instance);
		const contract = await reader.read(id);
		if (contract) return contract;
		throw new UserError("contract_gone", `the account holds no contract ${id}, which cres.yaml names for ${instance}`, {
			hint: "cres instance list shows what it holds",
		});
	};
}

/** Logs in where the platform says that the contract answers; nothing is recorded. Throws as proveEndpoint does. */
export async function proveContract(ports: DiscoverPorts, instance: string, contract: Contract): Promise<Discovered> {
	const { endpoint, session, probe, isNew } = await proveEndpoint(await ports.reach(), instance, contract);
	session.close();
	return { endpoint, buildId: probe.buildId ?? null, differs: isNew };
}

/** The instances of cres.yaml that live at Vast. */
export const vastInstances = ({ instances }: Pick<Config, "instances">): string[] =>
	Object.entries(instances).flatMap(([name, { driver }]) => (driver === "vast" ? [name] : []));

/** What the platform names, whether it answers, and what is on record, for each instance. Changes nothing. */
export async function discoverAll(ports: DiscoverPorts, instances: readonly string[]): Promise<Discovery[]> {
	if (instances.length === 0) return [];
	const read = await contractReader(ports);
	return Promise.all(instances.map((instance) => discover(ports, instance, read)));
}

async function discover(
	ports: DiscoverPorts,
	instance: string,
	read: (instance: string) => Promise<Contract>,
): Promise<Discovery> {
	const { id } = vastInstance(ports.config, instance);
	const recorded = (await recordedEndpoint(ports.config.root, instance)) ?? null;
	const found: Discovery = {
		...{ instance, contract: id, recorded },
		...{ platform: null, proven: null, differs: false, failure: null },
	};
	try {
		const contract = await read(instance);
		found.platform = endpointOf(contract) ?? null;
		const { endpoint, differs } = await proveContract(ports, instance, contract);
		return { ...found, proven: endpoint, differs };
	} catch (error) {
		if (!(error instanceof UserError) || error.exit === "interrupted" || error.exit === "terminated") throw error;
		const failure = { code: error.code, message: messageOf(error), hint: error.hint ?? null };
		return { ...found, differs: differ(found), failure };
	}
}

const differ = ({ platform, recorded }: Discovery): boolean =>
	platform !== null && (platform.host !== recorded?.host || platform.port !== recorded.port);
