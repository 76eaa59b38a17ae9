import { withContract } from "../../../config/edit.ts";
import { parseIdentity } from "../../../contracts/identity.ts";
import { UserError } from "../../../errors/errors.ts";
import { reachContract } from "../../../instance/reach.ts";
import { isDigest } from "../../../registry/image-reference.ts";
import { readTextIfExists } from "../../../system/files.ts";
import { labelFor } from "../../../vast/ours.ts";
import type { Move, WantedRelease } from "../../../rollout/driver.ts";
import type { RolloutPorts } from "../../../rollout/ports.ts";
import { actAnew, changedMeanwhile, type Recreation } from "./steps.ts";
import { hasWanted, observeAnew, type Outlook } from "./observe.ts";
import { planRecreate } from "./plan.ts";
import { revertAnew } from "./revert.ts";
import { runOf } from "./rent.ts";

/**
 * Brings the release to another contract, for what is fixed when a contract is made, or where the old one is gone: rents
 * one, proves it, and lets the old one go. Until then the old one is not touched.
 */
export async function recreate(ports: RolloutPorts, wanted: WantedRelease, configPath: string): Promise<Move> {
	const seen = await observeAnew(ports, wanted, configPath);
	const { image, reference, spec, specHash, releases, pollers, contract } = seen;
	const own: Recreation = {
		...{ seen, tried: [], asked: false, takenOver: false, facts: [], left: undefined },
		drained: seen.leftovers.length > 0 && seen.reached?.probe.worker === "STOPPED",
		fresh: hasWanted(seen, reference, specHash) ? runOf(seen, contract!, reachContract) : undefined,
	};
	const nextGeneration = (seen.recorded?.generation ?? 0) + 1;
	return {
		...{ image, spec, specHash, releases, pollers },
		pullReference: reference,
		previous: previousOf(ports.instance, seen),
		serves: false,
		plan: planRecreate(standingOf(ports, seen), { buildId: image.buildId, diskGb: seen.instance.disk_gb }),
		get generation() {
			return own.fresh?.reached?.endpoint.generation ?? nextGeneration;
		},
		seen: () => [...own.facts, ...(own.fresh?.facts ?? [])],
		refuseChanged: () => refuseChanged(ports, own),
		act: (with_, run, step, report) => actAnew(with_, own, run, step, report),
		touched: () => own.asked || own.drained,
		revert: (with_, run, report) => revertAnew(with_, own, run, report),
		leftOver: () => own.left,
		close: () => {
			seen.reached?.session.close();
			own.fresh?.reached?.session.close();
		},
	};
}

function standingOf({ config, instance }: RolloutPorts, seen: Outlook) {
	const { contract, reached, cutOff, leftovers, offers } = seen;
	return {
		contract: seen.instance.id,
		gone: contract === undefined,
		works: reached?.probe.worker === "RUNNING" || reached?.probe.worker === "STARTING",
		label: labelFor(config.project, instance),
		leftovers: leftovers.map(({ id }) => id),
		cutOff: cutOff && { old: cutOff.old?.id ?? null },
		offer: offers[0],
	};
}

/** The build in the old container; where that cannot be reached, the one that was seen polling. */
function previousOf(instance: string, { contract, reached, pollers, releases, image }: Outlook): Move["previous"] {
	if (!contract) return undefined;
	const polling = pollers.rows.filter(({ verdict }) => verdict === "LIVE" || verdict === "BUSY");
	const seen = polling.map(({ identity }) => parseIdentity(identity)).find((one) => one?.instance === instance);
	const buildId = reached ? reached.probe.buildId : seen?.buildId;
	if (buildId === undefined) return undefined;
	const recorded = releases.findLast((release) => release.buildId === buildId)?.digest;
	const digest = buildId === image.buildId ? image.digest : recorded;
	return { buildId, digest: digest !== undefined && isDigest(digest) ? digest : "" };
}

/** Between the look and the lease another rollout may have changed the contract, or changed to another one. */
async function refuseChanged({ instance }: RolloutPorts, { seen }: Recreation): Promise<void> {
	const { id } = seen.instance;
	const text = (await readTextIfExists(seen.configPath)) ?? "";
	const before = seen.contract;
	const now = await seen.vast.read(id);
	const same = now?.image === before?.image && now?.onstart === before?.onstart && now?.label === before?.label;
	if (withContract(text, instance, { from: id, to: id }) === undefined) throw changedMeanwhile(instance, id);
	if (same) return;
	throw new UserError("changed_meanwhile", `${instance} was changed by somebody else just now`, {
		hint: "run the command again",
	});
}
