import { LABEL } from "../contracts/labels.ts";
import { codeOf } from "../errors.ts";
import type { ContainerHost, ContainerState } from "../instance/container-host.ts";
import type { PollerRow } from "../temporal/pollers.ts";
import type { Journal } from "./journal.ts";
import { isRunning, ourLabels, type Observation } from "./observe.ts";
import { describeStep, type Step } from "./plan.ts";
import type { RolloutPorts } from "./ports.ts";
import { diskFull } from "./preflight.ts";
import { staysUp, untilPolling, type WatchOptions } from "./watch.ts";

export interface StepTime {
	kind: Step["kind"] | "revert";
	/** Milliseconds. */
	ms: number;
}

/** One rollout on its way: the steps write here, the record and the revert read here. */
export interface Progressing {
	id: string;
	generation: number;
	journal: Journal;
	seen: Observation;
	host: ContainerHost;
	/** The container that was made, once it is there. */
	fresh?: ContainerState;
	pollers: PollerRow[];
	steps: StepTime[];
	logTail: string[];
}

/** Does one step and journals it before and after. */
export async function perform(ports: RolloutPorts, run: Progressing, step: Step): Promise<void> {
	ports.signal.throwIfAborted();
	const started = ports.clock.now();
	await run.journal.write("step", step.kind, describeStep(step));
	await ports.progress.step(describeStep(step), (report) => act(ports, run, step, report));
	const ms = ports.clock.now() - started;
	run.steps.push({ kind: step.kind, ms });
	await run.journal.write("done", step.kind, `${ms} ms`);
}

async function act(ports: RolloutPorts, run: Progressing, step: Step, report: (text: string) => void): Promise<void> {
	const { rollout } = ports.config;
	switch (step.kind) {
		case "pull":
			return pull(ports, run, report);
		case "start":
			return start(ports, run);
		case "await-pollers":
			run.pollers = await untilPolling(run.fresh!, watching(ports, run), rollout.deploy_timeout, report);
			return;
		case "watch":
			return staysUp(run.fresh!, rollout.watch, watching(ports, run));
		case "drain":
			await Promise.all(
				run.seen.containers.filter(isRunning).map(({ id }) => run.host.stop(id, rollout.drain_timeout)),
			);
			return;
		case "remove":
			await Promise.all(run.seen.containers.map(({ id }) => run.host.remove(id)));
			return;
		case "prune":
			return prune(ports, run);
	}
}

async function pull(ports: RolloutPorts, run: Progressing, report: (text: string) => void): Promise<void> {
	try {
		await run.host.pull(run.seen.pullReference, report, ports.signal);
	} catch (error) {
		if (codeOf(error) !== "docker_failed") throw error;
		const { dataRoot } = run.seen.facts;
		const free = await run.host.freeBytes(dataRoot);
		const needed = 2 * run.seen.image.compressedBytes;
		throw free !== undefined && free < needed ? diskFull(ports.instance, dataRoot, free, needed) : error;
	}
}

async function start(ports: RolloutPorts, run: Progressing): Promise<void> {
	const { image, pullReference, spec, specHash, secrets } = run.seen;
	const labels = {
		...ourLabels(ports),
		[LABEL.buildId]: image.buildId,
		[LABEL.digest]: image.digest,
		[LABEL.runSpec]: specHash,
		[LABEL.generation]: String(run.generation),
		[LABEL.rollout]: run.id,
	};
	const id = await run.host.create({
		name: `cres-${ports.config.project}-${ports.instance}-g${run.generation}`,
		image: pullReference,
		env: spec.env,
		secrets,
		labels,
		memoryMb: spec.memoryMb,
		gpu: spec.gpu,
	});
	run.fresh = {
		id,
		name: `g${run.generation}`,
		state: "created",
		restarts: 0,
		exitCode: 0,
		startedAt: ports.clock.now(),
		labels,
	};
	await run.host.start(id);
}

export const watching = (ports: RolloutPorts, { host, seen }: Progressing): WatchOptions => ({
	host,
	temporal: seen.temporal,
	clock: ports.clock,
	signal: ports.signal,
	queue: ports.config.queue,
	roles: seen.spec.roles,
});

/** Removes images that only our own earlier releases name, but for the newest `retain`. */
async function prune(ports: RolloutPorts, { host, seen }: Progressing): Promise<void> {
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
