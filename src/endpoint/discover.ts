import { UserError, messageOf } from "../errors/errors.ts";
import type { Discovery } from "../instances/endpoint.ts";
import type { Instance } from "../instances/instance.ts";
import type { Endpoint } from "../state/endpoints.ts";
import type { ContractEndpoint } from "../vast/endpoint-of.ts";

/** What `cres endpoint discover` says of one instance. */
export interface DiscoveryRow {
	instance: string;
	/** Null while the platform was not heard of it. */
	contract: number | null;
	/** Where the platform says that it answers; null while it names nothing. */
	platform: ContractEndpoint | null;
	/** As far as it is on record. */
	recorded: Pick<Endpoint, "host" | "port" | "via" | "generation"> | null;
	/** Null where the platform's endpoint could not be verified. */
	proven: Endpoint | null;
	differs: boolean;
	/** Why it could not be verified. */
	failure: { code: string; message: string; hint: string | null } | null;
}

/** What the platform names, whether it answers, and what is on record, for each instance. Changes nothing. */
export const discoverAll = (instances: readonly Instance[]): Promise<DiscoveryRow[]> =>
	Promise.all(instances.map(rowOf));

/** Asks the platform. @throws UserError not_discoverable (usage) where the address stands in cres.yaml */
export async function discoverInstance(instance: Instance): Promise<Discovery> {
	if (instance.discover) return instance.discover();
	throw new UserError("not_discoverable", `the address of ${instance.name} is set in cres.yaml, not discovered`, {
		hint: `cres endpoint show ${instance.name}`,
	});
}

async function rowOf(instance: Instance): Promise<DiscoveryRow> {
	const recorded = await recordedFor(instance);
	const found: DiscoveryRow = {
		...{ instance: instance.name, contract: null, recorded },
		...{ platform: null, proven: null, differs: false, failure: null },
	};
	try {
		const discovery = await discoverInstance(instance);
		Object.assign(found, { contract: discovery.contract, platform: discovery.platform });
		const { endpoint, differs } = await discovery.verify();
		return { ...found, proven: endpoint, differs };
	} catch (error) {
		if (!(error instanceof UserError) || ENDED.has(error.exit) || error.exit === "usage") throw error;
		const failure = { code: error.code, message: messageOf(error), hint: error.hint ?? null };
		return { ...found, differs: differ(found), failure };
	}
}

/** The command was stopped: that is no finding about an instance. */
const ENDED: ReadonlySet<string> = new Set(["interrupted", "terminated"]);

async function recordedFor(instance: Instance): Promise<DiscoveryRow["recorded"]> {
	const { host, port, via, generation } = await instance.endpoint();
	return host === null || port === null || via === null || generation === null ? null : { host, port, via, generation };
}

const differ = ({ platform, recorded }: DiscoveryRow): boolean =>
	platform !== null && (platform.host !== recorded?.host || platform.port !== recorded.port);
