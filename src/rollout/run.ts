import { UserError, messageOf } from "../errors/errors.ts";
import { instanceConfig } from "../instance/open.ts";
import { recordEntry } from "../plan/plan-file.ts";
import type { Move, Progressing, WantedRelease } from "./driver.ts";
import { driverOf } from "../instances/open.ts";
import { rolloutEntry } from "./entry.ts";
import { perform } from "./execute.ts";
import { openJournal, rolloutId, unfinishedRollout } from "./journal.ts";
import { takeLease } from "./lease.ts";
import { draftOf, type Draft, type Rollout } from "./outcome.ts";
import type { RolloutPorts } from "./ports.ts";
import { appendRelease, type Release } from "./release.ts";
import { revert } from "./revert.ts";
import type { Step } from "./step.ts";

export interface RolloutOptions {
	/** Only say what would be done. */
	dryRun: boolean;
	/** `deploy`, or `rollback` with the release that is repeated. */
	purpose: "deploy" | "rollback";
	replays?: string;
	/** Path of the cres.yaml that is to name another contract: the instance gets a new one instead of being rolled. */
	recreate?: string;
}

/**
 * Brings the instance to the wanted release, proves it by its pollers, and writes the records; or goes back.
 * @throws UserError when nothing was changed, when it was interrupted, or when going back failed
 */
export async function rollOut(ports: RolloutPorts, wanted: WantedRelease, options: RolloutOptions): Promise<Rollout> {
	const started = ports.clock.now();
	const move = await observe(ports, wanted, options);
	try {
		const draft = draftOf(ports, move, options, started);
		if (move.serves) return { ...draft(), outcome: "unchanged", plan: [] };
		if (options.dryRun) return draft();
		return await changeInstance(ports, move, options, draft);
	} finally {
		move.close();
	}
}

async function observe(ports: RolloutPorts, wanted: WantedRelease, { recreate }: RolloutOptions): Promise<Move> {
	const driver = await driverOf(instanceConfig(ports.config, ports.instance));
	if (recreate === undefined) return driver.observe(ports, wanted);
	if (driver.recreate) return driver.recreate(ports, wanted, recreate);
	throw new UserError("not_rented", `${ports.instance} is no rented contract: there is nothing to make anew`, {
		hint: `cres deploy ${ports.instance}`,
	});
}

async function changeInstance(
	ports: RolloutPorts,
	move: Move,
	options: RolloutOptions,
	draft: Draft,
): Promise<Rollout> {
	const { config, clock, instance, progress } = ports;
	const lease = await takeLease(config.root, instance, options.purpose, clock);
	try {
		await move.refuseChanged();
		const cutOff = await unfinishedRollout(config.root, instance);
		if (cutOff)
			progress.note(
				`rollout ${cutOff.id} was cut off at "${cutOff.last}"; ${whatNow(instance, cutOff.rented && !options.recreate)}`,
			);
		const id = rolloutId(clock.now(), lease.token);
		const journal = openJournal(config.root, instance, id, clock);
		const run: Progressing = { id, journal, pollers: [], steps: [], logTail: [] };
		await journal.write("begin", options.purpose, move.pullReference);
		const rollout = await attempt(ports, move, run, draft);
		await record(ports, move, run, rollout, options).finally(() => journal.write("end", rollout.outcome));
		const left = move.leftOver?.();
		if (left) throw left;
		return rollout;
	} finally {
		await lease.release();
	}
}

const whatNow = (instance: string, rented: boolean): string =>
	rented ? `what it rented is destroyed by cres deploy ${instance} --recreate` : "what it left is cleared on the way";

async function attempt(ports: RolloutPorts, move: Move, run: Progressing, draft: Draft): Promise<Rollout> {
	const tidying = move.plan.findIndex(({ kind }) => kind === "remove" || kind === "prune" || kind === "retire");
	const proven = tidying < 0 ? move.plan.length : tidying;
	try {
		for (const step of move.plan.slice(0, proven)) await perform(ports, move, run, step);
		ports.signal.throwIfAborted();
	} catch (error) {
		return await goBack(ports, move, run, error, draft);
	}
	await tidy(ports, move, run, move.plan.slice(proven));
	return { ...draft(run), outcome: "live" };
}

/** The new release is proven by now: old containers and images go even after Ctrl-C. */
async function tidy(ports: RolloutPorts, move: Move, run: Progressing, steps: readonly Step[]): Promise<void> {
	const calm = { ...ports, signal: new AbortController().signal };
	for (const step of steps)
		await perform(calm, move, run, step).catch((error: unknown) => {
			ports.progress.note(`${step.kind}: ${messageOf(error)}; the next deploy tries again`);
		});
}

async function goBack(
	ports: RolloutPorts,
	move: Move,
	run: Progressing,
	error: unknown,
	draft: Draft,
): Promise<Rollout> {
	const { signal, instance } = ports;
	await run.journal.write("failed", run.steps.at(-1)?.kind ?? "first step", messageOf(error));
	const untouched = !move.touched(run);
	if (!untouched) await revert(ports, move, run, error);
	const hadRelease = move.previous !== undefined;
	const state = untouched
		? "nothing was changed"
		: hadRelease
			? "the release before runs again"
			: "the new container was removed";
	if (signal.aborted) {
		await run.journal.write("end", "interrupted");
		const { reason } = signal as { reason: unknown };
		const code = reason instanceof UserError ? reason.code : "interrupted";
		throw new UserError(code, `interrupted: ${state}`, { hint: `cres deploy ${instance}` });
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
	move: Move,
	run: Progressing,
	rollout: Rollout,
	{ replays }: RolloutOptions,
): Promise<void> {
	const { config, clock, instance } = ports;
	const { image, pullReference, spec, specHash, generation } = move;
	const release: Release = {
		id: run.id,
		instance,
		at: new Date(clock.now()).toISOString(),
		image: pullReference,
		digest: image.digest,
		buildId: image.buildId,
		generation,
		spec,
		specHash,
		outcome: rollout.outcome === "live" ? "live" : "rolled-back",
		...(replays === undefined ? {} : { replays }),
		durationMs: rollout.durationMs,
	};
	await appendRelease(config.root, release);
	await recordEntry(config.root, rolloutEntry(rollout, new Date(clock.now())));
}
