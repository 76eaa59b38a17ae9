import { parseOnStart } from "../../../contracts/vast.ts";
import { UserError, hasCode, messageOf } from "../../../errors/errors.ts";
import { connectContract } from "../connect.ts";
import type { PollerRow } from "../../../temporal/pollers.ts";
import type { Contract, Staging } from "../../../vast/vast.ts";
import type { VastPorts } from "../ports.ts";
import { secretValues } from "../../../config/config.ts";
import { currentRelease, type Release } from "../../../state/releases.ts";
import { stage } from "./stage.ts";
import { awaitContainer } from "./await-container.ts";
import { connectBuild } from "./connect-build.ts";
import { recycle } from "./recycle.ts";
import { takeConnection, contractNow, type VastRollout } from "./vast-rollout.ts";
import { conditionOf, standing } from "../contract.ts";
import { buildIdOfReference } from "./image-build.ts";
import { stagingOf } from "./staging.ts";
import { lastLines, startWorker, untilWorkerPolls } from "../worker.ts";

/**
 * Back to what ran before. A worker that was only drained is started again; else the image of before is staged, the
 * contract recycled and the same proof asked for. A contract that is stopped or silent is left as it is.
 */
export async function revert(ports: VastPorts, own: VastRollout, report: (text: string) => void): Promise<PollerRow[]> {
	const { run } = own;
	if (own.connected && own.begun === "recycle" && run.log.length === 0)
		run.log = await lastLines(own.connected.session);
	if (own.begun === "drain") return startAgain(ports, own, report);
	const contract = await contractNow(ports, own);
	const condition = conditionOf(contract);
	if (condition === "stopped" || condition === "silent") throw standing(ports.name, contract, condition);
	return own.begun === "stage" && parseOnStart(contract.onstart)?.rollout !== run.id
		? startAgain(ports, own, report)
		: stageAgain(ports, own, report);
}

/** The old container was never touched. */
async function startAgain(ports: VastPorts, own: VastRollout, report: (text: string) => void): Promise<PollerRow[]> {
	takeConnection(own, undefined);
	const connected = await connectContract({ ...ports, account: own.account }, own.contract);
	takeConnection(own, connected);
	if (connected.probe.worker === "none") return [];
	await startWorker(ports.name, connected.session);
	return polls(ports, own, report);
}

/** Stages what ran before, recycles, and asks for the same proof. */
async function stageAgain(ports: VastPorts, own: VastRollout, report: (text: string) => void): Promise<PollerRow[]> {
	const before = whatRanBefore(ports, own);
	if (!before) throw nothingBefore(ports.name, own);
	const image = "release" in before ? before.release.image : before.staging.image;
	own.run.facts.push(`staged ${image} again`);
	await stage(ports, own, stagingBefore(ports, before, own));
	// One that goes on with an interrupted roll cannot know whether that one recycled: then a recycle is asked for.
	const isOldOne = own.begun !== "recycle" && !own.underWay;
	if (isOldOne) return startAgain(ports, own, report);
	await recycle(ports, own);
	await awaitContainer(ports, own, report);
	const buildId = buildIdOfReference(ports.config, image);
	if (buildId === undefined) return [];
	await connectBuild(ports, own, buildId, report);
	return polls(ports, own, report);
}

async function polls(ports: VastPorts, own: VastRollout, report: (text: string) => void): Promise<PollerRow[]> {
	return untilWorkerPolls(ports, own.connected!, { signal: ports.signal, report }).catch((error: unknown) => {
		if (!hasCode(error, "temporal_unreachable")) throw error;
		ports.note(`its worker runs again; its polls are not verified: ${messageOf(error)}`);
		return [];
	});
}

/** Exactly what was configured while its build ran; else the release on record; else what was configured at all. */
function whatRanBefore({ config }: VastPorts, own: VastRollout): Before | undefined {
	const { before: contract, ranBefore: ran, underWay } = own;
	if (!underWay && ran !== undefined && ran === buildIdOfReference(config, contract.image))
		return { staging: asConfigured(contract) };
	const release = currentRelease(own.known.releases);
	if (release && buildIdOfReference(config, release.image) !== undefined) return { release };
	return underWay ? undefined : { staging: asConfigured(contract) };
}

function stagingBefore({ config }: VastPorts, before: Before, { run, contract }: VastRollout): Staging {
	if ("staging" in before) return before.staging;
	const { image: reference, spec, specHash } = before.release;
	const secrets = secretValues(config);
	return stagingOf({ rollout: `${run.id}-back`, reference, spec, specHash, secrets }, contract);
}

type Before = { staging: Staging } | { release: Release };

const asConfigured = ({ image, env, onstart }: Contract): Staging => ({
	image,
	env: Object.fromEntries(env.map(({ name, value }) => [name, value.reveal()])),
	...(onstart === null ? {} : { onstart }),
});

const nothingBefore = (instance: string, { next }: VastRollout) =>
	new UserError(
		"nothing_before",
		`no release of ${instance} is on record to go back to; it has ${next.reference} staged`,
		{
			hint: `cres deploy ${instance}`,
		},
	);
