import { formatIdentity } from "../../contracts/identity.ts";
import { LABEL } from "../../contracts/labels.ts";
import { expectedPollers, type Role } from "../../contracts/queues.ts";
import { servesAll } from "../../temporal/pollers.ts";
import type { PollerRow } from "../../temporal/pollers.ts";
import { currentRelease, readRecentReleases, type Release } from "../../state/releases.ts";
import type { ContainerHost, ContainerState, ListedContainer } from "./container-host.ts";
import type { DockerPorts } from "./ports.ts";

/** What every container, and the lease, of an instance carries. */
export const ourLabels = ({ config, name }: Pick<DockerPorts, "config" | "name">): Record<string, string> => ({
	[LABEL.project]: config.project,
	[LABEL.instance]: name,
});

/** Of the container of a life of the instance. */
export const containerName = ({ config, name }: Pick<DockerPorts, "config" | "name">, generation: number): string =>
	`cres-${config.project}-${name}-g${generation}`;

/** Containers of this project and instance: those that run, those that are run again in a moment, the others; newest first. */
export async function ourContainers(
	host: ContainerHost,
	ports: Pick<DockerPorts, "config" | "name">,
): Promise<ContainerState[]> {
	const release = currentRelease(await readRecentReleases(ports.config.state, ports.name));
	const found = await host.containers(ourLabels(ports), release && containerName(ports, release.generation));
	return found.toSorted((a, b) => rankOf(a) - rankOf(b) || b.startedAt - a.startedAt);
}

const rankOf = (container: ContainerState): number => (isRunning(container) ? 0 : isUp(container) ? 1 : 2);

/** The same in one question: who they are, and not how they do. */
export const listedContainers = (
	host: ContainerHost,
	ports: Pick<DockerPorts, "config" | "name">,
): Promise<ListedContainer[]> => host.listed(ourLabels(ports));

/** Runs now; one that its restart policy starts again does not. */
export const isRunning = ({ state }: Pick<ContainerState, "state">): boolean => state === "running";

/** Runs, or is run again by its restart policy in a moment. */
export const isUp = ({ state }: Pick<ContainerState, "state">): boolean =>
	state === "running" || state === "restarting";

/** What was up before, and is drained by a roll: the container of the release on record, else the newest. */
export function recordedContainer(
	containers: readonly ContainerState[],
	releases: readonly Release[],
): ContainerState | undefined {
	const up = containers.filter(isUp);
	const id = currentRelease(releases)?.id;
	return up.find(({ labels }) => labels[LABEL.rollout] === id) ?? up[0];
}

/** From its label; empty where it has none. */
export const digestOf = ({ labels }: Pick<ContainerState, "labels">): string => labels[LABEL.digest] ?? "";

/** From its label; empty where it has none. */
export const buildIdOf = ({ labels }: Pick<ContainerState, "labels">): string => labels[LABEL.buildId] ?? "";

/** From its label; 0 where it has none. */
export const generationOf = ({ labels }: Pick<ContainerState, "labels">): number =>
	Number(labels[LABEL.generation] ?? 0);

/** Fencing token of the rollout that made it; 0 for one of version 0.1. */
export const fenceOf = ({ labels }: Pick<ContainerState, "labels">): number => Number(labels[LABEL.fence] ?? 0);

/** The identity that the worker of `role` in this container polls with. */
export const identityOf = (container: Pick<ContainerState, "id" | "labels">, role: Role): string =>
	formatIdentity({
		role,
		instance: container.labels[LABEL.instance] ?? "",
		buildId: buildIdOf(container),
		container: container.id,
	});

/** Every expected queue has a live poll of this very container. */
export const isServing = (
	container: Pick<ContainerState, "id" | "labels">,
	{ config, settings }: Pick<DockerPorts, "config" | "settings">,
	polls: readonly PollerRow[],
): boolean => servesAll(expectedPollers(config.queue, settings.roles), (role) => identityOf(container, role), polls);
