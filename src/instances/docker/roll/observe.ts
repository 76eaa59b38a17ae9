import type { UserError } from "../../../errors/errors.ts";
import { assertSame } from "../../changed.ts";
import type { Known, Look, Observation, Outlook } from "../../instance.ts";
import { gathered } from "../../../errors/gathered.ts";
import { leaseHeld } from "../../../state/lease-errors.ts";
import type { NextRelease } from "../../../rollout/wanted.ts";
import type { ContainerState } from "../container-host.ts";
import {
	buildIdOf,
	containerName,
	digestOf,
	generationOf,
	isServing,
	listedContainers,
	ourContainers,
	recordedContainer,
} from "../containers.ts";
import { factsFor, type DockerPorts } from "../ports.ts";
import { hasRelease, type Seen } from "./docker-rollout.ts";
import { isAlready, planRoll } from "./plan.ts";
import { unfitFor } from "./requirements.ts";
import { createExecution } from "./steps.ts";

/** Reads a Docker host; the connection stays open for the rollout. */
export async function observe(ports: DockerPorts, { image, dialled }: Look): Promise<Observation> {
	const opening = ports.host({ dialled });
	const asking = opening.then((host) => host.facts(factsFor(ports)));
	const { push, pull = push } = ports.config.registry;
	const naming = image.then(({ repository, digest }) => `${pull.address}/${repository}@${digest}`);
	const root = asking.then(({ dataRoot }) => dataRoot);
	const free = opening.then((host) => host.freeBytes(root));
	const present = Promise.all([opening, naming]).then(([host, reference]) => host.hasImage(reference));
	for (const later of [root, free, present]) later.catch(() => {}); // whoever needs it waits for it
	const [facts, containers, reference] = await gathered([
		asking,
		opening.then((host) => ourContainers(host, ports)),
		naming,
		opening.then(() => assertFree(ports)),
	]);
	return observation(ports, { facts, containers, free, present, reference });
}

/** @throws UserError lease_held when another control host changes the instance now */
async function assertFree(ports: DockerPorts): Promise<void> {
	const holder = await ports.lease.holder();
	if (holder) throw leaseHeld(ports.name, holder, ports.clock.now());
}

function observation(ports: DockerPorts, seen: Seen): Observation {
	return {
		gpu: seen.facts.gpu,
		reference: seen.reference,
		weigh: (next, known) => weigh(ports, seen, next, known),
		unfit: (next) => unfit(ports, seen, next),
		assertUnchanged: async () =>
			assertSame(ports.name, idsOf(seen.containers), idsOf(await listedContainers(await ports.host(), ports))),
		begin: (run, next, known) => createExecution(ports, { seen, run, next, known }),
		close: () => {}, // the connection is the instance's
	};
}

function weigh(ports: DockerPorts, seen: Seen, next: NextRelease, { releases, polls }: Known): Outlook {
	const { containers } = seen;
	const old = recordedContainer(containers, releases);
	const serves = isAlready(containers, next) && isServing(containers[0]!, ports, polls);
	const generation = serves ? generationOf(containers[0]!) : nextGeneration(containers, releases);
	return {
		previous: old && { digest: digestOf(old), buildId: buildIdOf(old) },
		...{ serves, generation },
		plan: planRoll({ containers, releases }, next, {
			container: containerName(ports, generation),
			generation,
			retain: ports.config.rollout.retain,
		}),
	};
}

const unfit = async (ports: DockerPorts, seen: Seen, next: NextRelease): Promise<UserError[]> =>
	unfitFor(ports, next.image, seen.facts, { freeBytes: await seen.free, hasRelease: hasRelease(seen) });

const idsOf = (containers: readonly Pick<ContainerState, "id">[]): string =>
	containers
		.map(({ id }) => id)
		.toSorted()
		.join();

const nextGeneration = (containers: readonly ContainerState[], releases: Known["releases"]): number =>
	1 + Math.max(0, ...releases.map(({ generation }) => generation), ...containers.map(generationOf));
