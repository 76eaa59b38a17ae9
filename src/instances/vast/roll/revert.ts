import { parseOnStart } from "../../../contracts/vast.ts";
import { UserError, hasCode, messageOf } from "../../../errors/errors.ts";
import { reachContract } from "../../../instance/reach.ts";
import type { PollerRow } from "../../../temporal/pollers.ts";
import type { Contract, Staging } from "../../../vast/vast.ts";
import type { Progressing } from "../../../rollout/driver.ts";
import type { RolloutPorts } from "../../../rollout/ports.ts";
import { currentRelease, type Release } from "../../../rollout/release.ts";
import { stage } from "./steps.ts";
import { awaitContainer } from "./await-container.ts";
import { reachBuild } from "./connect-build.ts";
import { recycle } from "./recycle.ts";
import { contractNow, type VastRun } from "./run-state.ts";
import { conditionOf, standing } from "../contract.ts";
import { buildIdOfReference, reachPorts } from "./observe.ts";
import { stagingOf } from "./staging.ts";
import { lastLines, startWorker, untilPolling } from "../worker.ts";

/**
 * Back to what ran before. A worker that was only drained is started again; else the image of before is staged, the
 * contract recycled and the same proof asked for. A contract that is stopped or silent is left as it is.
 */
export async function revert(
	ports: RolloutPorts,
	own: VastRun,
	run: Progressing,
	report: (text: string) => void,
): Promise<PollerRow[]> {
	if (own.reached && own.begun === "recycle" && run.logTail.length === 0)
		run.logTail = await lastLines(own.reached.session);
	if (own.begun === "drain") return startAgain(ports, own, report);
	const contract = await contractNow(ports, own);
	const condition = conditionOf(contract);
	if (condition === "stopped" || condition === "silent") throw standing(ports.instance, contract, condition);
	return own.begun === "stage" && parseOnStart(contract.onstart)?.rollout !== run.id
		? startAgain(ports, own, report)
		: rollBack(ports, own, run, report);
}

/** The old container was never touched. */
async function startAgain(ports: RolloutPorts, own: VastRun, report: (text: string) => void): Promise<PollerRow[]> {
	own.reached?.session.close();
	const reached = await reachContract(reachPorts(ports, own.seen.vast), ports.instance, own.contract);
	own.reached = reached;
	if (reached.probe.worker === "none") return [];
	await startWorker(ports.instance, reached.session);
	return polls(ports, own, report);
}

async function rollBack(
	ports: RolloutPorts,
	own: VastRun,
	run: Progressing,
	report: (text: string) => void,
): Promise<PollerRow[]> {
	const before = whatRanBefore(ports, own);
	if (!before) throw nothingBefore(ports.instance, own);
	const image = "release" in before ? before.release.image : before.staging.image;
	own.facts.push(`staged ${image} again`);
	await stage(ports, own, stagingBefore(before, own, run.id));
	if (own.begun !== "recycle") return startAgain(ports, own, report); // the container is still the old one
	await recycle(ports, own);
	await awaitContainer(ports, own, report);
	const buildId = buildIdOfReference(ports.config, image);
	if (buildId === undefined) return [];
	await reachBuild(ports, own, run, buildId, report);
	return polls(ports, own, report);
}

async function polls(ports: RolloutPorts, own: VastRun, report: (text: string) => void): Promise<PollerRow[]> {
	const { temporal, instance } = own.seen;
	return untilPolling(ports, temporal, own.reached!, instance.roles, report).catch((error: unknown) => {
		if (!hasCode(error, "temporal_unreachable")) throw error;
		ports.progress.note(`its worker runs again; its polls are not proven: ${messageOf(error)}`);
		return [];
	});
}

/** Exactly what was configured while its build ran; else the release on record; else what was configured at all. */
function whatRanBefore({ config }: RolloutPorts, { seen }: VastRun): Before | undefined {
	const { contract, reached, underWay } = seen;
	const ran = reached?.probe.buildId;
	if (!underWay && ran !== undefined && ran === buildIdOfReference(config, contract.image))
		return { staging: asConfigured(contract) };
	const release = currentRelease(seen.releases);
	if (release && buildIdOfReference(config, release.image) !== undefined) return { release };
	return underWay ? undefined : { staging: asConfigured(contract) };
}

function stagingBefore(before: Before, { seen, contract }: VastRun, rolloutId: string): Staging {
	if ("staging" in before) return before.staging;
	const { image: reference, spec, specHash } = before.release;
	return stagingOf({ rollout: `${rolloutId}-back`, reference, spec, specHash, secrets: seen.secrets }, contract);
}

type Before = { staging: Staging } | { release: Release };

const asConfigured = ({ image, env, onstart }: Contract): Staging => ({
	image,
	env: Object.fromEntries(env.map(({ name, value }) => [name, value.reveal()])),
	...(onstart === null ? {} : { onstart }),
});

const nothingBefore = (instance: string, { seen }: VastRun) =>
	new UserError(
		"nothing_before",
		`no release of ${instance} is on record to go back to; it has ${seen.reference} staged`,
		{
			hint: `cres deploy ${instance}`,
		},
	);
