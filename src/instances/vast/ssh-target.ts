import { UserError } from "../../errors/errors.ts";
import { recordedEndpoint } from "../../state/endpoints.ts";
import { vastAlias } from "../../state/known-hosts.ts";
import { endpointOf } from "../../vast/endpoint-of.ts";
import type { Contract } from "../../vast/vast.ts";
import type { Discovery, KnownEndpoint, PinnedTarget } from "../endpoint.ts";
import { keyFile } from "../ssh/key-file.ts";
import { verifyEndpoint } from "./connect.ts";
import type { VastPorts } from "./ports.ts";

const NOTHING: KnownEndpoint = {
	...{ host: null, port: null, via: null, generation: null },
	...{ contract: null, fingerprint: null, verifiedBy: null, since: null },
};

/** The endpoint on record. */
export const endpoint = async ({ config, name }: VastPorts): Promise<KnownEndpoint> =>
	(await recordedEndpoint(config.state, name)) ?? NOTHING;

/** @throws UserError endpoint_unknown when none of the present contract is on record */
export async function sshTarget({ config, name, settings }: VastPorts): Promise<PinnedTarget> {
	const { id, user, key } = settings;
	const recorded = await recordedEndpoint(config.state, name);
	if (recorded?.contract !== id)
		throw new UserError("endpoint_unknown", `no endpoint of contract ${id} is on record for ${name}`, {
			hint: `cres endpoint rotate ${name}`,
		});
	const { host, port, fingerprint, generation } = recorded;
	const remedy = `the container may be a new one: cres endpoint discover ${name}`;
	const alias = vastAlias(id, generation);
	return { name, host, port, user, key: keyFile(config.root, key), fingerprint, alias, remedy };
}

/** @throws UserError contract_gone, and those of the API */
export async function discover(ports: VastPorts): Promise<Discovery> {
	const contract = await presentContract(ports);
	return {
		contract: contract.id,
		platform: endpointOf(contract) ?? null,
		async verify() {
			const account = await ports.vast();
			const { endpoint: verified, session, probe, isNew } = await verifyEndpoint({ ...ports, account }, contract);
			session.close();
			return { endpoint: verified, buildId: probe.buildId ?? null, differs: isNew };
		},
	};
}

/** The contract that cres.yaml names. @throws UserError contract_gone */
export async function presentContract(ports: VastPorts): Promise<Contract> {
	const { name, settings } = ports;
	const { id } = settings;
	const contract = await (await ports.vast()).read(id);
	if (contract) return contract;
	throw new UserError("contract_gone", `the account holds no contract ${id}, which cres.yaml names for ${name}`, {
		hint: "cres instance list shows what it holds",
	});
}
