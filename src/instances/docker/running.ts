import { LABEL } from "../../contracts/labels.ts";
import { ROLES } from "../../contracts/queues.ts";
import type { Running } from "../instance.ts";
import type { ContainerState } from "./container-host.ts";
import { buildIdOf, digestOf, generationOf, identityOf, isUp, ourContainers } from "./containers.ts";
import { factsFor, type DockerPorts } from "./ports.ts";

/** What the daemon shows of the instance's containers. */
export async function running(ports: DockerPorts, dialled: () => void = () => {}): Promise<Running> {
	const host = await ports.host({ dialled });
	const [containers, { gpu }, holder] = await Promise.all([
		ourContainers(host, ports),
		host.facts(factsFor(ports)),
		ports.lease.holder(),
	]);
	const [newest] = containers;
	const fix = newest ? `cres start ${ports.name}` : `cres deploy ${ports.name}`;
	const runs = newest !== undefined && isUp(newest);
	return {
		container: runs ? describe(newest) : null,
		count: containers.filter(isUp).length,
		generation: newest ? generationOf(newest) : null,
		gpu,
		holder,
		stopped: runs ? null : { detail: newest ? "its container is stopped" : "no container runs", fix },
	};
}

const describe = (container: ContainerState): NonNullable<Running["container"]> => ({
	digest: digestOf(container),
	buildId: buildIdOf(container),
	specHash: container.labels[LABEL.runSpec] ?? null,
	since: new Date(container.startedAt).toISOString(),
	restarts: container.restarts,
	owns: ({ identity }) => ROLES.some((role) => identity === identityOf(container, role)),
});
