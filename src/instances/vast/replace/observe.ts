import { withContract } from "../../../config/edit.ts";
import { parseIdentity } from "../../../contracts/identity.ts";
import { parseOnStart } from "../../../contracts/vast.ts";
import { UserError } from "../../../errors/errors.ts";
import type { NextRelease } from "../../../rollout/wanted.ts";
import { recordedEndpoint } from "../../../state/endpoints.ts";
import { abandon } from "../../../errors/abandon.ts";
import { readTextIfExists } from "../../../system/files.ts";
import { bytes } from "../../../system/text.ts";
import { isServing } from "../../../temporal/pollers.ts";
import { labelFor } from "../../../vast/label.ts";
import { changedMeanwhile } from "../../changed.ts";
import { gathered } from "../../../errors/gathered.ts";
import { neededBytes } from "../../image-size.ts";
import type { Known, Look, Observation, Outlook } from "../../instance.ts";
import { keyFile } from "../../ssh/key-file.ts";
import { publicKeyOf } from "../../ssh/public-key.ts";
import { connectContract } from "../connect.ts";
import type { VastPorts } from "../ports.ts";
import { RECENT_MS } from "../timings.ts";
import { assertTag, previousOf } from "../roll/observe.ts";
import { beyondLimits } from "../roll/staging.ts";
import { readHeld } from "./held.ts";
import { planReplace } from "./plan.ts";
import { renamedMeanwhile } from "./renamed.ts";
import { noCapacity, rolloutOf, searchOffers } from "./rent.ts";
import type { Seen } from "./replacement.ts";
import { createReplacement } from "./steps.ts";

/**
 * Reads everything that can be known before another contract is rented. Until the new one is verified the old one is not
 * touched.
 * @throws UserError not_ours, and those of an ordinary rollout
 */
export async function observeReplacement(ports: VastPorts, look: Look): Promise<Observation> {
	const { config, name, settings } = ports;
	const calling = { ...ports, signal: look.signal, note: look.note };
	const opening = ports.vast().then((account) => readHeld(calling, account));
	look.dialled();
	try {
		const [held, reference, publicKey, recorded] = await gathered([
			opening,
			look.image.then((image) => assertTag(calling, image)),
			publicKeyOf(name, keyFile(config.root, settings.key)),
			recordedEndpoint(config.state, name),
		]);
		const offers = await searchOffers(settings, held.account);
		return observation(ports, { ...held, reference, publicKey, recorded, offers });
	} catch (error) {
		abandon(opening, ({ connected }) => connected?.session.close());
		throw error;
	}
}

function observation(ports: VastPorts, seen: Seen): Observation {
	return {
		gpu: true,
		reference: seen.reference,
		weigh: (next, known) => weigh(ports, seen, next, known),
		unfit: async (next) => (hasWanted(seen, next) ? [] : unfit(ports, seen, next)),
		assertUnchanged: () => assertUnchanged(ports, seen),
		begin: (run, next, known) => {
			const finishes = hasWanted(seen, next);
			return createReplacement(ports, {
				...{ seen, run, next, known, finishes, tried: [], asked: false, takenOver: false, left: undefined },
				drained: seen.leftovers.length > 0 && seen.connected?.probe.worker === "STOPPED",
				fresh: finishes
					? rolloutOf({ account: seen.account, run, next, known }, seen.contract!, connectContract)
					: undefined,
			});
		},
		close: () => seen.connected?.session.close(),
	};
}

function weigh({ config, name, settings }: VastPorts, seen: Seen, next: NextRelease, known: Known): Outlook {
	const { contract, connected, interrupted, leftovers, offers, recorded } = seen;
	const worker = connected?.probe.worker;
	const standing = {
		contract: settings.id,
		gone: contract === undefined,
		works: worker === "RUNNING" || worker === "STARTING",
		label: labelFor(config.project, name),
		leftovers: leftovers.map(({ id }) => id),
		interrupted: interrupted && { old: interrupted.old?.id ?? null },
		offer: hasWanted(seen, next) ? undefined : offers[0],
		diskGb: settings.disk_gb,
	};
	const previous = contract && previousOf(runningBuild(name, seen, known), next, known);
	return { previous, serves: false, generation: (recorded?.generation ?? 0) + 1, plan: planReplace(standing, next) };
}

/** The build in the old container; where that cannot be connected to, the one that is seen polling. */
function runningBuild(name: string, { connected }: Seen, { polls }: Known): string | undefined {
	if (connected) return connected.probe.buildId;
	const seen = polls.filter(isServing).map(({ identity }) => parseIdentity(identity));
	return seen.find((one) => one?.instance === name)?.buildId;
}

/** A change that was interrupted had brought exactly this. */
const hasWanted = ({ interrupted, contract }: Seen, { reference, specHash }: NextRelease): boolean =>
	interrupted !== undefined && contract?.image === reference && parseOnStart(contract.onstart)?.specHash === specHash;

/** Why no contract can be rented that takes the image. */
function unfit({ config, name, settings }: VastPorts, { offers, contract }: Seen, next: NextRelease): UserError[] {
	const needed = neededBytes(next.image, false);
	const small = `a contract with disk_gb: ${settings.disk_gb} is too small, the image needs about ${bytes(needed)}`;
	const hint = `raise instances.${name}.disk_gb in cres.yaml`;
	return [
		...(settings.disk_gb * 1e9 < needed ? [new UserError("disk_gb_too_small", small, { hint })] : []),
		...(offers.length === 0 ? [noCapacity(name, settings, "Vast offers none")] : []),
		...beyondLimits(config, next, contract),
	];
}

/** Between the look and the lease another rollout may have changed the contract, or changed to another one. */
async function assertUnchanged({ config, name, settings }: VastPorts, seen: Seen): Promise<void> {
	const { id } = settings;
	const text = (await readTextIfExists(config.file)) ?? "";
	if (withContract(text, name, { from: id, to: id }) === undefined) throw renamedMeanwhile(name, id);
	const before = seen.contract;
	const now = await seen.account.read(id, RECENT_MS); // the lease was read back after it was taken
	const same = now?.image === before?.image && now?.onstart === before?.onstart;
	if (!same) throw changedMeanwhile(name);
}
