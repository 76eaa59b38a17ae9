import type { DockerInstance } from "../../../config/schema.ts";
import { formatIdentity } from "../../../contracts/identity.ts";
import { LABEL } from "../../../contracts/labels.ts";
import { expectedPollers } from "../../../contracts/queues.ts";
import type { ContainerHost, ContainerState, HostFacts } from "../container-host.ts";
import { dockerInstance } from "../../find.ts";
import type { ReleaseImage } from "../../../registry/release-image.ts";
import type { Secret } from "../../../secrets/secret.ts";
import type { Temporal } from "../../../temporal/temporal.ts";
import { observePollers, type PollersReport } from "../../../temporal/pollers.ts";
import type { WantedRelease } from "../../../rollout/driver.ts";
import type { RolloutPorts } from "../../../rollout/ports.ts";
import { allOrEveryFailure, findImage, refuseForeignLease, refuseMissingSecrets } from "../../../rollout/preflight.ts";
import { currentRelease, readReleases, type Release } from "../../../rollout/release.ts";
import { renderRunSpec, runSpecHash, secretValues, type RunSpec } from "../../../rollout/run-spec.ts";
import { refuseUnfit } from "./requirements.ts";
import { isAlready, type Running, type Wanted } from "./plan.ts";

/** What is and what is wanted, read before anything is changed. */
export interface Observation {
	instance: DockerInstance;
	image: ReleaseImage;
	/** `host/repository@sha256:…` as the instance pulls it. */
	pullReference: string;
	host: ContainerHost;
	temporal: Temporal;
	facts: HostFacts;
	containers: ContainerState[];
	pollers: PollersReport;
	releases: Release[];
	spec: RunSpec;
	specHash: string;
	secrets: Record<string, Secret>;
	wanted: Wanted;
}

type Looked = Pick<
	Observation,
	"image" | "host" | "facts" | "containers" | "temporal" | "pollers" | "releases" | "instance"
>;

/**
 * Reads everything that can be known before the first side effect, at the same time.
 * @throws UserError with every failure together
 */
export async function observe(ports: RolloutPorts, wanted: WantedRelease): Promise<Observation> {
	const instance = dockerInstance(ports.config, ports.instance);
	const dialled = Promise.withResolvers<void>();
	const opening = ports.openHost({ dialled: dialled.resolve });
	opening.catch(() => dialled.resolve());
	try {
		const { free, ...found } = await look(ports, wanted.reference, instance, opening, dialled.promise);
		const looked = { instance, ...found };
		const seen = { ...looked, ...weigh(ports, wanted, looked) };
		refuseUnfit(ports.instance, seen.image, seen.facts, instance, {
			freeBytes: serves(seen) ? undefined : await free,
			hasRelease: seen.containers.length > 0,
		});
		return seen;
	} catch (error) {
		void opening.then(
			(host) => host.close(),
			() => {},
		);
		throw error;
	}
}

/**
 * Temporal's client takes long to load: that is done while the instance answers. The free bytes come later than all
 * else, so they are asked for at once, but left to be waited for by what needs room.
 */
async function look(
	ports: RolloutPorts,
	reference: string,
	{ roles }: DockerInstance,
	opening: Promise<ContainerHost>,
	dialled: Promise<void>,
): Promise<Omit<Looked, "instance"> & { free: Promise<number | undefined> }> {
	const { config, instance, clock } = ports;
	const connecting = dialled.then(() => ports.temporal());
	const asking = opening.then((open) => open.facts());
	const free = asking.then(async ({ dataRoot }) => (await opening).freeBytes(dataRoot));
	free.catch(() => {});
	const [image, host, facts, containers, temporal, pollers, releases] = await allOrEveryFailure([
		findImage(ports, reference),
		opening,
		asking,
		opening.then((open) => ourContainers(open, ports)),
		connecting,
		connecting.then((open) => observePollers(open, expectedPollers(config.queue, roles), clock)),
		readReleases(config.root, instance),
		refuseMissingSecrets(ports),
		refuseForeignLease(ports),
	]);
	return { image, host, facts, containers, temporal, pollers, releases, free };
}

/** What the settings ask for, put beside what was seen. */
function weigh(ports: RolloutPorts, { spec: replayed }: WantedRelease, { image, instance, facts }: Looked) {
	const { config, instance: name } = ports;
	const secrets = secretValues(config);
	const spec = replayed ?? renderRunSpec(config, name, instance, secrets, facts.gpu);
	const specHash = runSpecHash(spec);
	const order = spec.roles.includes("gpu") ? "stop-first" : "start-first";
	return {
		pullReference: `${(config.registry.pull ?? config.registry.push).address}/${image.repository}@${image.digest}`,
		spec,
		specHash,
		secrets,
		wanted: { digest: image.digest, specHash, order } satisfies Wanted,
	};
}

/** The wanted release runs, alone, and is healthy: nothing needs to be done. */
export const serves = (seen: Pick<Observation, "containers" | "wanted" | "pollers" | "instance">): boolean =>
	isAlready(runningOf(seen.containers), seen.wanted) && isHealthy(seen);

export const runningOf = (containers: readonly ContainerState[]): Running[] =>
	containers.map((container) => ({
		id: container.id,
		name: container.name,
		digest: container.labels[LABEL.digest] ?? "",
		specHash: container.labels[LABEL.runSpec] ?? "",
		running: isRunning(container),
	}));

/** Every expected queue has a live poll of the running container itself. */
function isHealthy({
	containers,
	pollers,
	instance,
}: Pick<Observation, "containers" | "pollers" | "instance">): boolean {
	const container = containers.find(isRunning);
	if (!container) return false;
	const live = pollers.rows.filter(({ verdict }) => verdict === "LIVE" || verdict === "BUSY");
	return instance.roles.every((role) =>
		expectedPollers("", [role]).every(({ type }) =>
			live.some((row) => row.identity === identityOf(container, role) && row.type === type),
		),
	);
}

export const ourLabels = ({ config, instance }: Pick<RolloutPorts, "config" | "instance">): Record<string, string> => ({
	[LABEL.project]: config.project,
	[LABEL.instance]: instance,
});

/** Containers of this project and instance, running ones first, newest first. */
export async function ourContainers(
	host: ContainerHost,
	ports: Pick<RolloutPorts, "config" | "instance">,
): Promise<ContainerState[]> {
	const found = await host.containers(ourLabels(ports));
	return found.toSorted((a, b) => Number(isRunning(b)) - Number(isRunning(a)) || b.startedAt - a.startedAt);
}

export const isRunning = ({ state }: ContainerState): boolean => state === "running";

/** What ran before: the running container of the release on record, else the newest that runs. */
export function provenContainer({
	containers,
	releases,
}: Pick<Observation, "containers" | "releases">): ContainerState | undefined {
	const running = containers.filter(isRunning);
	const id = currentRelease(releases)?.id;
	return running.find(({ labels }) => labels[LABEL.rollout] === id) ?? running[0];
}

/** The identity that the worker of `role` in this container polls with. */
export const identityOf = (container: Pick<ContainerState, "id" | "labels">, role: "cpu" | "gpu"): string =>
	formatIdentity({
		role,
		instance: container.labels[LABEL.instance] ?? "",
		buildId: container.labels[LABEL.buildId] ?? "",
		container: container.id,
	});
