import type { VastInstance } from "../../../config/schema.ts";
import { expectedPollers } from "../../../contracts/queues.ts";
import { parseOnStart } from "../../../contracts/vast.ts";
import { UserError } from "../../../errors/errors.ts";
import { publicKeyOf } from "../../../instance/public-key.ts";
import { recordedEndpoint } from "../../../instance/endpoint.ts";
import { keyFile } from "../../../instance/key-file.ts";
import { vastInstance } from "../../../instance/open.ts";
import { reachContract, type Reached } from "../../../instance/reach.ts";
import type { ReleaseImage } from "../../../registry/release-image.ts";
import { observePollers } from "../../../temporal/pollers.ts";
import { hasSsh } from "../../../vast/endpoint-of.ts";
import { labelFor } from "../../../vast/ours.ts";
import type { Contract, Offer } from "../../../vast/vast.ts";
import type { WantedRelease } from "../../../rollout/driver.ts";
import type { RolloutPorts, VastPorts } from "../../../rollout/ports.ts";
import {
	allOrEveryFailure,
	megabytes,
	neededBytes,
	refuseForeignLease,
	refuseMissingSecrets,
} from "../../../rollout/preflight.ts";
import { readReleases } from "../../../rollout/release.ts";
import { renderRunSpec, runSpecHash, secretValues } from "../../../rollout/run-spec.ts";
import { conditionOf, notOurs } from "../contract.ts";
import { parseNewLabel } from "./new-label.ts";
import { proveTag, reachPorts, type Observation } from "../roll/observe.ts";
import { searchOffers } from "./rent.ts";

/** What is and what is wanted, when the instance is to get another contract. */
export interface Outlook extends Omit<Observation, "contract" | "condition" | "underWay" | "reached">, Account {
	configPath: string;
	/** What the new contract lets in. */
	publicKey: string;
	/** The cheapest first; none where the contract of now only has to be finished. */
	offers: Offer[];
}

/** What the account holds of the instance. */
interface Account {
	vast: VastPorts;
	/** What cres.yaml names, in whatever state; undefined when it is gone. */
	contract: Contract | undefined;
	/** Its container, where it can be reached. */
	reached: Reached | undefined;
	/** Set when a change of contracts was cut off after cres.yaml had been written: with the contract of before, if it is still there. */
	cutOff: { old: Contract | undefined } | undefined;
	/** Rented by rollouts that were cut off before that. */
	leftovers: Contract[];
}

/**
 * Reads everything that can be known before another contract is rented.
 * @throws UserError not_ours, no_capacity (busy), disk_gb_too_small (usage), and those of observe
 */
export async function observeAnew(ports: RolloutPorts, wanted: WantedRelease, configPath: string): Promise<Outlook> {
	const { config, instance: name, clock } = ports;
	const instance = vastInstance(config, name);
	const opening = ports.vast().then((vast) => readAccount(ports, vast, instance));
	const temporal = ports.temporal();
	const expected = expectedPollers(config.queue, instance.roles);
	try {
		const [account, { image, reference }, publicKey, open, pollers, releases, recorded] = await allOrEveryFailure([
			opening,
			proveTag(ports, wanted.reference).then((found) => refuseSmallDisk(name, found, instance)),
			publicKeyOf(name, keyFile(config.root, instance.key)),
			temporal,
			temporal.then((there) => observePollers(there, expected, clock)),
			readReleases(config.root, name),
			recordedEndpoint(config.root, name),
			refuseMissingSecrets(ports),
			refuseForeignLease(ports),
		]);
		const secrets = secretValues(config);
		const spec = wanted.spec ?? renderRunSpec(config, name, instance, secrets, true);
		const specHash = runSpecHash(spec);
		const offers = hasWanted(account, reference, specHash) ? [] : await searchOffers(name, instance, account.vast);
		const ask = { instance, image, reference, spec, specHash, secrets, configPath, publicKey, offers };
		return { ...account, ...ask, temporal: open, pollers, releases, recorded };
	} catch (error) {
		void opening.then(
			({ reached }) => reached?.session.close(),
			() => {},
		);
		throw error;
	}
}

/** The whole account is read: what was left half-made is known by its label only. */
async function readAccount(ports: RolloutPorts, vast: VastPorts, { id }: VastInstance): Promise<Account> {
	const { config, instance } = ports;
	const { project } = config;
	const [all, contract] = await Promise.all([vast.api.contracts(), vast.read(id)]);
	const left = parseNewLabel(contract?.label ?? null, project, instance);
	const label = labelFor(project, instance);
	if (contract && !left && contract.label !== label) throw notOurs(contract, project, instance);
	const leftovers = all.filter((one) => one.id !== id && parseNewLabel(one.label, project, instance));
	const old = all.find((one) => one.id === left?.old && one.label === label);
	const reached = contract && (await reachIfUp(ports, vast, contract));
	return { vast, contract, reached, cutOff: left && { old }, leftovers };
}

async function reachIfUp(ports: RolloutPorts, vast: VastPorts, contract: Contract): Promise<Reached | undefined> {
	if (conditionOf(contract) !== "up" || !hasSsh(contract)) return undefined;
	return reachContract(reachPorts(ports, vast), ports.instance, contract).catch((error: unknown) => {
		if (!(error instanceof UserError)) throw error;
		ports.progress.note(`contract ${contract.id} of ${ports.instance} cannot be reached: ${error.message}`);
		return undefined;
	});
}

/** A change that was cut off had brought exactly this. */
export const hasWanted = ({ cutOff, contract }: Account, reference: string, specHash: string): boolean =>
	cutOff !== undefined && contract?.image === reference && parseOnStart(contract.onstart)?.specHash === specHash;

/** @throws UserError disk_gb_too_small (usage) */
function refuseSmallDisk<T extends { image: ReleaseImage }>(name: string, found: T, { disk_gb }: VastInstance): T {
	const needed = neededBytes(found.image, false);
	if (disk_gb * 1e9 >= needed) return found;
	throw new UserError(
		"disk_gb_too_small",
		`a contract with disk_gb: ${disk_gb} is too small, the image needs about ${megabytes(needed)}`,
		{ hint: `raise instances.${name}.disk_gb in cres.yaml` },
	);
}
