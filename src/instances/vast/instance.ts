import { expectedPollers } from "../../contracts/queues.ts";
import { parseOnStart } from "../../contracts/vast.ts";
import { reachContract } from "./connect.ts";
import { isDigest } from "../../registry/image-reference.ts";
import type { Driver, Move, WantedRelease } from "../../rollout/driver.ts";
import type { RolloutPorts } from "../../rollout/ports.ts";
import { changedMeanwhile } from "../../rollout/preflight.ts";
import { act } from "./roll/steps.ts";
import { change } from "./lifecycle.ts";
import { environment } from "./environment.ts";
import { readLogs } from "./logs.ts";
import { observe, type Observation } from "./roll/observe.ts";
import { planVast } from "./roll/plan.ts";
import { recreate } from "./replace/replace.ts";
import { revert } from "./roll/revert.ts";
import { contractNow, replacedBy, type VastRun } from "./roll/run-state.ts";
import { status } from "./status.ts";
import { servesAll } from "./worker.ts";

/** An ordinary Vast.ai instance: the platform's API makes its containers, ssh carries questions only. */
export const vastDriver: Driver = { observe: moveOf, recreate, status, logs: readLogs, change, environment };

async function moveOf(ports: RolloutPorts, wanted: WantedRelease): Promise<Move> {
	const seen = await observe(ports, wanted);
	const { image, reference, spec, specHash, releases, pollers, contract, condition, underWay, reached } = seen;
	const own: VastRun = {
		seen,
		contract,
		reached,
		reach: reachContract,
		begun: "nothing",
		facts: [],
		replaced: replacedBy(contract, reached),
	};
	const works = reached !== undefined && reached.probe.worker !== "none";
	const nextGeneration = (seen.recorded?.generation ?? 0) + 1;
	return {
		...{ image, spec, specHash, releases, pollers },
		pullReference: reference,
		previous: previousOf(seen),
		serves: serves(ports, seen),
		plan: planVast({ contract: contract.id, condition, works, underWay }, { image: reference, buildId: image.buildId }),
		get generation() {
			return own.begun === "nothing" ? nextGeneration : (own.reached?.endpoint.generation ?? nextGeneration);
		},
		seen: () => own.facts,
		refuseChanged: () => refuseChanged(ports, own),
		act: (with_, run, step, report) => act(with_, own, run, step, report),
		touched: () => own.begun !== "nothing" || underWay,
		revert: (with_, run, report) => revert(with_, own, run, report),
		close: () => own.reached?.session.close(),
	};
}

/** The build in the container that was reached; its digest from the records, for a container does not know its own. */
function previousOf({ reached, releases, image }: Observation): Move["previous"] {
	const buildId = reached?.probe.buildId;
	if (buildId === undefined) return undefined;
	const recorded = releases.findLast((release) => release.buildId === buildId)?.digest;
	const digest = buildId === image.buildId ? image.digest : recorded;
	return { buildId, digest: digest !== undefined && isDigest(digest) ? digest : "" };
}

/** The wanted build runs with the wanted settings, was staged as such, and its own worker polls every queue. */
function serves(ports: RolloutPorts, seen: Observation): boolean {
	const { reached, contract, image, reference, specHash, pollers, instance, underWay, condition } = seen;
	if (condition !== "up" || underWay || reached?.probe.buildId !== image.buildId) return false;
	if (contract.image !== reference || parseOnStart(contract.onstart)?.specHash !== specHash) return false;
	return servesAll(ports.instance, reached.probe, expectedPollers(ports.config.queue, instance.roles), pollers.rows);
}

/** Between the look and the lease somebody else may have rolled the contract: then the plan is void. */
async function refuseChanged(ports: RolloutPorts, own: VastRun): Promise<void> {
	const before = own.contract;
	const now = await contractNow(ports, own);
	const same = now.image === before.image && now.onstart === before.onstart && now.intended === before.intended;
	if (same) return;
	throw changedMeanwhile(ports.instance);
}
