import { LABEL } from "../contracts/labels.ts";
import { UserError, messageOf } from "../errors.ts";
import { recordEntry } from "../plan/plan-file.ts";
import { rolloutEntry } from "./entry.ts";
import { perform, type Progressing } from "./execute.ts";
import { openJournal, rolloutId, unfinishedRollout } from "./journal.ts";
import { takeLease } from "./lease.ts";
import {
	observe,
	ourContainers,
	provenContainer,
	runningOf,
	serves,
	type Observation,
	type WantedRelease,
} from "./observe.ts";
import { draftOf, type Draft, type Rollout } from "./outcome.ts";
import { planRollout, type Step } from "./plan.ts";
import type { RolloutPorts } from "./ports.ts";
import { appendRelease, type Release } from "./release.ts";
import { revert } from "./revert.ts";

export interface RolloutOptions {
	/** Only say what would be done. */
	dryRun: boolean;
	/** `deploy`, or `rollback` with the release that is repeated. */
	purpose: "deploy" | "rollback";
	replays?: string;
}

/**
 * Brings the instance to the wanted release, proves it by its pollers, and writes the records; or goes back.
 * @throws UserError when nothing was changed, when it was interrupted, or when going back failed
 */
export async function rollOut(ports: RolloutPorts, wanted: WantedRelease, options: RolloutOptions): Promise<Rollout> {
	const started = ports.clock.now();
	const seen = await observe(ports, wanted);
	try {
		const plan = planRollout(runningOf(seen.containers), seen.wanted);
		const draft = draftOf(ports, seen, plan, options, started);
		if (serves(seen)) return { ...draft(), outcome: "unchanged", plan: [] };
		if (options.dryRun) return draft();
		return await changeInstance(ports, seen, plan, options, draft);
	} finally {
		seen.host.close();
	}
}

async function changeInstance(
	ports: RolloutPorts,
	seen: Observation,
	plan: Step[],
	options: RolloutOptions,
	draft: Draft,
): Promise<Rollout> {
	const { config, clock, instance, progress } = ports;
	const lease = await takeLease(config.root, instance, options.purpose, clock);
	try {
		await refuseChanged(ports, seen);
		const cutOff = await unfinishedRollout(config.root, instance);
		if (cutOff)
			progress.note(`rollout ${cutOff.id} was cut off at "${cutOff.last}"; what it left is cleared on the way`);
		const id = rolloutId(clock.now(), lease.token);
		const journal = openJournal(config.root, instance, id, clock);
		const run: Progressing = {
			id,
			generation: nextGeneration(seen),
			journal,
			seen,
			host: seen.host,
			pollers: [],
			steps: [],
			logTail: [],
		};
		await journal.write("begin", options.purpose, seen.pullReference);
		const rollout = await attempt(ports, run, plan, draft);
		await record(ports, run, rollout, options).finally(() => journal.write("end", rollout.outcome));
		return rollout;
	} finally {
		await lease.release();
	}
}

/** Between the look and the lease somebody else may have rolled the instance: then the plan is void. */
async function refuseChanged(ports: RolloutPorts, { host, containers }: Observation): Promise<void> {
	const ids = (list: readonly { id: string }[]) =>
		list
			.map(({ id }) => id)
			.toSorted()
			.join();
	if (ids(await ourContainers(host, ports)) !== ids(containers))
		throw new UserError("changed_meanwhile", `${ports.instance} was changed by somebody else just now`, {
			hint: "run the command again",
			exit: "busy",
		});
}

async function attempt(ports: RolloutPorts, run: Progressing, plan: Step[], draft: Draft): Promise<Rollout> {
	const proven = plan.findIndex(({ kind }) => kind === "remove" || kind === "prune");
	try {
		for (const step of plan.slice(0, proven)) await perform(ports, run, step);
		ports.signal.throwIfAborted();
	} catch (error) {
		return await goBack(ports, run, error, draft);
	}
	await tidy(ports, run, plan.slice(proven));
	return { ...draft(run), outcome: "live" };
}

/** The new release is proven by now: old containers and images go even after Ctrl-C. */
async function tidy(ports: RolloutPorts, run: Progressing, steps: readonly Step[]): Promise<void> {
	const calm = { ...ports, signal: new AbortController().signal };
	for (const step of steps)
		await perform(calm, run, step).catch((error: unknown) => {
			ports.progress.note(`${step.kind}: ${messageOf(error)}; the next deploy tries again`);
		});
}

async function goBack(ports: RolloutPorts, run: Progressing, error: unknown, draft: Draft): Promise<Rollout> {
	const { signal, instance } = ports;
	await run.journal.write("failed", run.steps.at(-1)?.kind ?? "pull", messageOf(error));
	const untouched = run.steps.length === 0;
	if (!untouched) await revert(ports, run);
	const hadRelease = provenContainer(run.seen) !== undefined;
	const state = untouched
		? "nothing was changed"
		: hadRelease
			? "the release before runs again"
			: "the new container was removed";
	if (signal.aborted) {
		await run.journal.write("end", "interrupted");
		const exit = (signal.reason as UserError).exit;
		throw new UserError("interrupted", `interrupted: ${state}`, { hint: `cres deploy ${instance}`, exit });
	}
	if (untouched || !(error instanceof UserError)) {
		await run.journal.write("end", "failed");
		throw error;
	}
	const failure = { code: error.code, message: error.message, hint: error.hint ?? null };
	return { ...draft(run), outcome: hadRelease ? "rolled-back" : "failed", failure, undo: null };
}

async function record(
	ports: RolloutPorts,
	run: Progressing,
	rollout: Rollout,
	{ replays }: RolloutOptions,
): Promise<void> {
	const { config, clock, instance } = ports;
	const { image, pullReference, spec, specHash } = run.seen;
	const release: Release = {
		id: run.id,
		instance,
		at: new Date(clock.now()).toISOString(),
		image: pullReference,
		digest: image.digest,
		buildId: image.buildId,
		generation: run.generation,
		spec,
		specHash,
		outcome: rollout.outcome === "live" ? "live" : "rolled-back",
		...(replays === undefined ? {} : { replays }),
		durationMs: rollout.durationMs,
	};
	await appendRelease(config.root, release);
	await recordEntry(config.root, rolloutEntry(rollout, new Date(clock.now())));
}

const nextGeneration = ({ containers, releases }: Observation): number =>
	1 +
	Math.max(
		0,
		...releases.map(({ generation }) => generation),
		...containers.map(({ labels }) => Number(labels[LABEL.generation] ?? 0)),
	);
