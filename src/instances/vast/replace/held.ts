import { UserError } from "../../../errors/errors.ts";
import { hasSsh } from "../../../vast/endpoint-of.ts";
import type { VastAccount } from "../../../vast/account.ts";
import { labelFor, placeOf } from "../../../vast/label.ts";
import type { Contract } from "../../../vast/vast.ts";
import { connectContract, type Connected } from "../connect.ts";
import { conditionOf, notOurs } from "../contract.ts";
import { assertFree } from "../lease.ts";
import type { VastPorts } from "../ports.ts";
import { parseNewLabel } from "./new-label.ts";
import type { Held } from "./replacement.ts";

/** Reads the whole account: what an interrupted rollout left half-made is known by its label only. @throws UserError not_ours */
export async function readHeld(ports: VastPorts, account: VastAccount): Promise<Held> {
	const { config, name, settings } = ports;
	const { project } = config;
	const { id } = settings;
	const [all, contract] = await Promise.all([account.api.contracts(), account.read(id)]);
	assertFree(ports, contract);
	const left = parseNewLabel(contract?.label ?? null, project, name);
	const label = labelFor(project, name);
	if (contract && !left && placeOf(contract.label) !== label) throw notOurs(contract, project, name);
	const leftovers = all.filter((one) => one.id !== id && parseNewLabel(one.label, project, name));
	const old = all.find((one) => one.id === left?.old && placeOf(one.label) === label);
	const connected = contract && (await connectIfUp(ports, account, contract));
	return { account, contract, connected, interrupted: left && { old }, leftovers };
}

async function connectIfUp(ports: VastPorts, account: VastAccount, contract: Contract): Promise<Connected | undefined> {
	if (conditionOf(contract) !== "up" || !hasSsh(contract)) return undefined;
	return connectContract({ ...ports, account }, contract).catch((error: unknown) => {
		if (!(error instanceof UserError)) throw error;
		ports.note(`contract ${contract.id} of ${ports.name} cannot be connected to: ${error.message}`);
		return undefined;
	});
}
