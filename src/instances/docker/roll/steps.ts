import { HEALTH_PROGRAM } from "../../../contracts/health.ts";
import { LABEL } from "../../../contracts/labels.ts";
import { hasCode } from "../../../errors/errors.ts";
import type { ContainerHost, ContainerState } from "../../../instance/container-host.ts";
import type { Progressing } from "../../driver.ts";
import { untilHealthy } from "../../health.ts";
import type { RolloutPorts } from "../../../rollout/ports.ts";
import type { Step } from "../../../rollout/step.ts";
import { diskFull } from "./requirements.ts";
import { isRunning, ourLabels, type Observation } from "./observe.ts";
import { staysUp, untilPolling, type WatchOptions } from "../watch.ts";

/** One question for the health; milliseconds. */
const HEALTH_TIMEOUT = 10_000;

/** One rollout to a Docker daemon on its way. */
export interface DockerRun {
	seen: Observation;
	host: ContainerHost;
	generation: number;
	/** The container that was made, once it is there. */
	fresh?: ContainerState;
	/** Observed values for the entry, one a line. */
	facts: string[];
}

/** Does one step. */
export async function act(
	ports: RolloutPorts,
	own: DockerRun,
	run: Progressing,
	step: Step,
	report: (text: string) => void,
): Promise<void> {
	const { rollout } = ports.config;
	switch (step.kind) {
		case "pull":
			return pull(ports, own, report);
		case "start":
			return start(ports, own, run.id);
		case "await-pollers":
			run.pollers = await untilPolling(own.fresh!, watching(ports, own), rollout.deploy_timeout, report);
			return;
		case "watch":
			return watch(ports, own);
		case "drain":
			await Promise.all(
				own.seen.containers.filter(isRunning).map(({ id }) => own.host.stop(id, rollout.drain_timeout)),
			);
			return;
		case "remove":
			await Promise.all(own.seen.containers.map(({ id }) => own.host.remove(id)));
			return;
		case "prune":
			return prune(ports, own);
		default:
			throw new Error(`the docker driver has no step ${step.kind}`);
	}
}

/** The container stays up for the time of rollout.watch; meanwhile its api is asked for its health. */
async function watch(ports: RolloutPorts, own: DockerRun): Promise<void> {
	const { host, fresh } = own;
	const question = { signal: ports.signal, timeout: HEALTH_TIMEOUT };
	const ask = () => host.exec(fresh!.id, ["sh", HEALTH_PROGRAM], question);
	const healthy = untilHealthy(ports.instance, ask, ports);
	healthy.catch(() => {}); // a container that dies comes first
	await staysUp(fresh!, ports.config.rollout.watch, watching(ports, own));
	own.facts.push(await healthy);
}

async function pull(ports: RolloutPorts, own: DockerRun, report: (text: string) => void): Promise<void> {
	try {
		await own.host.pull(own.seen.pullReference, report, ports.signal);
	} catch (error) {
		if (!hasCode(error, "docker_failed")) throw error;
		const { dataRoot } = own.seen.facts;
		const free = await own.host.freeBytes(dataRoot);
		const needed = 2 * own.seen.image.compressedBytes;
		throw free !== undefined && free < needed ? diskFull(ports.instance, dataRoot, free, needed) : error;
	}
}

async function start(ports: RolloutPorts, own: DockerRun, rolloutId: string): Promise<void> {
	const { image, pullReference, spec, specHash, secrets } = own.seen;
	const labels = {
		...ourLabels(ports),
		[LABEL.buildId]: image.buildId,
		[LABEL.digest]: image.digest,
		[LABEL.runSpec]: specHash,
		[LABEL.generation]: String(own.generation),
		[LABEL.rollout]: rolloutId,
	};
	const id = await own.host.create({
		name: `cres-${ports.config.project}-${ports.instance}-g${own.generation}`,
		image: pullReference,
		env: spec.env,
		secrets,
		labels,
		memoryMb: spec.memoryMb,
		gpu: spec.gpu,
	});
	own.fresh = {
		id,
		name: `g${own.generation}`,
		state: "created",
		restarts: 0,
		exitCode: 0,
		startedAt: ports.clock.now(),
		labels,
	};
	await own.host.start(id);
}

export const watching = (ports: RolloutPorts, { host, seen }: DockerRun): WatchOptions => ({
	host,
	temporal: seen.temporal,
	clock: ports.clock,
	signal: ports.signal,
	queue: ports.config.queue,
	roles: seen.spec.roles,
});

/** Removes images that only our own earlier releases name, but for the newest `retain`. */
async function prune(ports: RolloutPorts, { host, seen }: DockerRun): Promise<void> {
	const repository = seen.pullReference.split("@")[0]!;
	const used = [
		...seen.releases.map(({ image }) => image).filter((image) => image.startsWith(`${repository}@`)),
		seen.pullReference,
	];
	const newestFirst = [...new Set(used.toReversed())];
	const present = new Set((await host.images(LABEL.buildId)).flatMap(({ references }) => references));
	const surplus = newestFirst.slice(ports.config.rollout.retain).filter((reference) => present.has(reference));
	for (const reference of surplus) await host.removeImage(reference);
}
