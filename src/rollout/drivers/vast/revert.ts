import { parseOnStart } from "../../../contracts/vast.ts";
import { UserError, codeOf, messageOf } from "../../../errors.ts";
import { reachContract } from "../../../instance/reach.ts";
import type { PollerRow } from "../../../temporal/pollers.ts";
import type { Progressing } from "../../driver.ts";
import type { RolloutPorts } from "../../ports.ts";
import { currentRelease, type Release } from "../../release.ts";
import { awaitContainer, contractNow, reachBuild, recycle, stage, type VastRun } from "./act.ts";
import { conditionOf, standing } from "./contract.ts";
import { buildIdOfReference, reachPorts } from "./observe.ts";
import { lastLines, startWorker, untilPolling } from "./worker.ts";

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
	const before = whatRanBefore(own);
	if (!before) throw nothingBefore(ports.instance, own);
	own.facts.push(`staged ${before.image} again`);
	if (before.release) {
		const { image, spec, specHash } = before.release;
		const { secrets } = own.seen;
		await stage(ports, own, { rollout: `${run.id}-back`, reference: image, spec, specHash, secrets });
	} else await own.seen.vast.api.stage(own.contract.id, before.staging!);
	if (own.begun !== "recycle") return startAgain(ports, own, report); // the container is still the old one
	own.seen = { ...own.seen, contract: own.contract, condition: conditionOf(own.contract), reached: own.reached };
	await recycle(ports, own);
	await awaitContainer(ports, own, report);
	const buildId = buildIdOfReference(before.image);
	if (buildId === undefined) return [];
	await reachBuild(ports, own, run, buildId, report);
	return polls(ports, own, report);
}

async function polls(ports: RolloutPorts, own: VastRun, report: (text: string) => void): Promise<PollerRow[]> {
	const { temporal, instance } = own.seen;
	return untilPolling(ports, temporal, own.reached!, instance.roles, report).catch((error: unknown) => {
		if (codeOf(error) !== "temporal_unreachable") throw error;
		ports.progress.note(`its worker runs again; its polls are not proven: ${messageOf(error)}`);
		return [];
	});
}

interface Before {
	image: string;
	release?: Release;
	staging?: { image: string; env: Record<string, string>; onstart?: string };
}

/** The release on record; else exactly what was configured, unless that is what a rollout of ours had begun. */
function whatRanBefore({ seen }: VastRun): Before | undefined {
	const release = currentRelease(seen.releases);
	if (release && buildIdOfReference(release.image) !== undefined) return { image: release.image, release };
	if (seen.underWay) return undefined;
	const { image, env, onstart } = seen.contract;
	const values = Object.fromEntries(env.map(({ name, value }) => [name, value.reveal()]));
	return { image, staging: { image, env: values, ...(onstart === null ? {} : { onstart }) } };
}

const nothingBefore = (instance: string, { seen }: VastRun) =>
	new UserError(
		"nothing_before",
		`no release of ${instance} is on record to go back to; it has ${seen.reference} staged`,
		{
			hint: `cres deploy ${instance}`,
		},
	);
