import { LABEL } from "../contracts/labels.ts";
import { UserError, codeOf } from "../errors.ts";
import type { ContainerHost, ContainerState } from "../instance/container-host.ts";
import type { PollerRow } from "../temporal/pollers.ts";
import type { Journal } from "./journal.ts";
import { diskFull, isRunning, ourLabels, type Observation } from "./observe.ts";
import { describeStep, type Step } from "./plan.ts";
import type { RolloutPorts } from "./ports.ts";
import { staysUp, untilPolling, type WatchOptions } from "./watch.ts";

const LOG_TAIL = 20;
const RECONNECT_TRIES = 5;

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
			return staysUp(run.fresh!.id, rollout.watch, watching(ports, run));
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
		const facts = await run.host.facts();
		const needed = 2 * run.seen.image.compressedBytes;
		throw facts.freeBytes !== undefined && facts.freeBytes < needed ? diskFull(ports.instance, facts, needed) : error;
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

const watching = (ports: RolloutPorts, { host, seen }: Progressing): WatchOptions => ({
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

/**
 * Back to what ran before: keeps the new container's last log lines, removes it, starts the old ones, and waits until
 * they poll. Works on a new connection when the old one was lost, and is not stopped by Ctrl-C.
 * @throws UserError revert_failed: says what is known of the instance
 */
export async function revert(ports: RolloutPorts, run: Progressing): Promise<void> {
	const started = ports.clock.now();
	try {
		await run.journal.write("step", "revert");
		await ports.progress.step("go back to the release before", async (report) => {
			run.host = await reachable(ports, run.host);
			const made = (await run.host.containers(ourLabels(ports))).filter(
				({ labels }) => labels[LABEL.rollout] === run.id,
			);
			for (const { id } of made) {
				run.logTail = await lastLines(run.host, id);
				await run.host.remove(id);
			}
			await restore(ports, run, report);
		});
		run.steps.push({ kind: "revert", ms: ports.clock.now() - started });
		await run.journal.write("done", "revert");
	} catch (cause) {
		throw new UserError(
			"revert_failed",
			`${ports.instance} could not be brought back: ${cause instanceof Error ? cause.message : String(cause)}`,
			{
				hint: `cres status, then cres rollback ${ports.instance}`,
				cause,
			},
		);
	}
}

async function restore(ports: RolloutPorts, run: Progressing, report: (text: string) => void): Promise<void> {
	const old = run.seen.containers.find(isRunning);
	if (!old) return;
	await run.host.start(old.id);
	const options = { ...watching(ports, run), signal: new AbortController().signal, roles: run.seen.instance.roles };
	await untilPolling(old, options, ports.config.rollout.deploy_timeout, report);
}

async function reachable(ports: RolloutPorts, host: ContainerHost): Promise<ContainerHost> {
	let current = host;
	for (let attempt = 1; ; attempt++) {
		try {
			await current.containers(ourLabels(ports));
			return current;
		} catch (error) {
			if (attempt === RECONNECT_TRIES) throw error;
			await ports.clock.sleep(attempt * 1000);
			current = await ports.openHost().catch(() => current);
		}
	}
}

async function lastLines(host: ContainerHost, id: string): Promise<string[]> {
	try {
		return await Array.fromAsync(host.logs(id, { tail: LOG_TAIL }));
	} catch {
		return []; // a container that never started has no log
	}
}
