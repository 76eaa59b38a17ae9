import { randomBytes } from "node:crypto";
import { join } from "node:path";
import Docker from "dockerode";
import type { DockerInstance } from "../../src/config/schema.ts";
import { HEALTH_PROGRAM } from "../../src/contracts/health.ts";
import { formatIdentity } from "../../src/contracts/identity.ts";
import { LABEL } from "../../src/contracts/labels.ts";
import { parseTaskQueue } from "../../src/contracts/queues.ts";
import type { ContainerHost } from "../../src/instances/docker/container-host.ts";
import { createRegistry, type Registry } from "../../src/registry/registry.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { stateDirectory } from "../../src/state/directory.ts";
import { lastBuild } from "../../src/state/last-build.ts";
import { systemClock } from "../../src/system/clock.ts";
import type { Temporal } from "../../src/temporal/temporal.ts";
import { settingsFor } from "./cres.ts";
import { pushVariant } from "./image-variant.ts";
import { localInstance } from "./local-driver.ts";
import type { TestPerimeter } from "./perimeter.ts";
import type { Defect, RolloutWorld } from "./rollouts/world.ts";
import { temporalSeeing } from "./fake-temporal.ts";

const REPOSITORY = "cres/worker";
const BUILDS = { first: "111111111111", second: "222222222222", third: "333333333333" };
const NAMES = ["api", "worker-2", "worker-3", "worker-4", "worker-5"];
/** Stands for a worker: says a line, and then has the defect that it was given. */
const WORKER = `echo started; case "$DEFECT" in dies) exit 3;; restarts) sleep 0.2; exit 3;; esac; exec sleep 600`;

const credentialOf = ({ registry }: TestPerimeter) => ({
	username: registry.username,
	password: new Secret(registry.password),
});
const registryOf = (perimeter: TestPerimeter): Registry =>
	createRegistry({ address: perimeter.registry.address, tls: false }, credentialOf(perimeter));

/** Pushes the images that every local world rolls out, made from the app image that the perimeter was given. */
export async function pushBuilds(perimeter: TestPerimeter): Promise<void> {
	const built = await lastBuild(stateDirectory(join(perimeter.project, "cres.yaml"), "default"), "cpu");
	for (const buildId of Object.values(BUILDS)) {
		const files = { [HEALTH_PROGRAM.slice(1)]: "exit 2\n", "app/suite": buildId };
		const variant = { buildId, entrypoint: ["sh", "-c", WORKER], files };
		await pushVariant(registryOf(perimeter), REPOSITORY, built!.digest, variant);
	}
}

/** Containers on a real daemon, pulled from a real registry; only their polls are made up, from what runs. */
export async function makeLocalWorld(perimeter: TestPerimeter): Promise<RolloutWorld> {
	const name = `suite-${randomBytes(4).toString("hex")}`;
	const docker = new Docker({ socketPath: perimeter.instance.socket });
	const settings = settingsFor(perimeter, name);
	const labelled = (label: string) => ({ filters: { label: [label] } });
	const ours = labelled(`${LABEL.project}=${String(settings["project"])}`);
	const defects = new Map<string, Defect>();
	const alive = async () =>
		(await docker.listContainers(ours))
			.filter(({ State }) => State === "running")
			.toSorted((a, b) => a.Created - b.Created);
	return {
		...{ clock: systemClock, registry: registryOf(perimeter), builds: BUILDS },
		temporal: temporalOf(alive, defects),
		settings: {
			...settings,
			rollout: { deploy_timeout: "3s", drain_timeout: "2s", watch: "500ms", retain: 2 },
			instances: Object.fromEntries(NAMES.map((one) => [one, settings.instances[name]!])),
		},
		open: (ports, one) =>
			localInstance(
				{ ...ports, credential: credentialOf(perimeter) },
				one,
				ports.config.instances[one] as DockerInstance,
				(host) => withDefects(host, defects),
			),
		running: async (one) =>
			(await alive())
				.filter(({ Labels }) => Labels[LABEL.instance] === one)
				.map(({ Labels }) => Labels[LABEL.buildId]!),
		spoil: (buildId, defect) => void (defect ? defects.set(buildId, defect) : defects.delete(buildId)),
		async close() {
			for (const { Id } of await docker.listContainers({ all: true, ...ours }))
				await docker.getContainer(Id).remove({ force: true, v: true });
			for (const { Name } of (await docker.listVolumes(ours)).Volumes) await docker.getVolume(Name).remove();
		},
	};
}

const withDefects = (host: ContainerHost, defects: ReadonlyMap<string, Defect>): ContainerHost => ({
	...host,
	create: (spec) =>
		host.create({ ...spec, env: { ...spec.env, DEFECT: defects.get(spec.labels[LABEL.buildId] ?? "") ?? "" } }),
});

/** A Temporal that sees the worker of every container poll, unless its build has a defect. */
function temporalOf(alive: () => Promise<Docker.ContainerInfo[]>, defects: ReadonlyMap<string, Defect>): Temporal {
	return temporalSeeing(async (queue) => {
		const { role } = parseTaskQueue(queue)!;
		return (await alive()).flatMap(({ Id, Labels }) => {
			const [instance, buildId] = [Labels[LABEL.instance]!, Labels[LABEL.buildId]!];
			const identity = formatIdentity({ role, instance, buildId, container: Id });
			return defects.has(buildId) ? [] : [{ identity, buildId, lastSeenMs: systemClock.now() }];
		});
	});
}
