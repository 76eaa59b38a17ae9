import { LABEL } from "../../contracts/labels.ts";
import type { Driver, Move, WantedRelease } from "../../rollout/driver.ts";
import type { RolloutPorts } from "../../rollout/ports.ts";
import { changedMeanwhile } from "../../rollout/preflight.ts";
import { act, type DockerRun } from "./roll/steps.ts";
import { change } from "./lifecycle.ts";
import { environment } from "./environment.ts";
import { readLogs } from "./logs.ts";
import { observe, ourContainers, provenContainer, runningOf, serves, type Observation } from "./roll/observe.ts";
import { planRollout } from "./roll/plan.ts";
import { revert } from "./roll/revert.ts";
import { status } from "./status.ts";

/** Any host with a Docker daemon behind ssh. */
export const dockerDriver: Driver = {
	observe: async (ports, wanted) => moveOf(ports, wanted),
	status,
	logs: readLogs,
	change,
	environment,
};

async function moveOf(ports: RolloutPorts, wanted: WantedRelease): Promise<Move> {
	const seen = await observe(ports, wanted);
	const old = provenContainer(seen);
	const own: DockerRun = { seen, host: seen.host, generation: nextGeneration(seen), facts: [] };
	const { image, pullReference, spec, specHash, releases, pollers } = seen;
	return {
		...{ image, pullReference, spec, specHash, releases, pollers },
		previous: old && { digest: old.labels[LABEL.digest] ?? "", buildId: old.labels[LABEL.buildId] ?? "" },
		serves: serves(seen),
		plan: planRollout(runningOf(seen.containers), seen.wanted),
		generation: own.generation,
		seen: () => own.facts,
		refuseChanged: () => refuseChanged(ports, seen),
		act: (with_, run, step, report) => act(with_, own, run, step, report),
		touched: ({ steps }) => steps.length > 0, // the first step, the pull, changes nothing
		revert: (with_, run, report) => revert(with_, own, run, report),
		close: () => seen.host.close(),
	};
}

/** Between the look and the lease somebody else may have rolled the instance: then the plan is void. */
async function refuseChanged(ports: RolloutPorts, { host, containers }: Observation): Promise<void> {
	const ids = (list: readonly { id: string }[]) =>
		list
			.map(({ id }) => id)
			.toSorted()
			.join();
	if (ids(await ourContainers(host, ports)) !== ids(containers)) throw changedMeanwhile(ports.instance);
}

const nextGeneration = ({ containers, releases }: Observation): number =>
	1 +
	Math.max(
		0,
		...releases.map(({ generation }) => generation),
		...containers.map(({ labels }) => Number(labels[LABEL.generation] ?? 0)),
	);
