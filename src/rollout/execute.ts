import { messageOf } from "../errors/errors.ts";
import { openJournal, rolloutId, type UnfinishedRollout } from "../state/journal.ts";
import type { ActiveRollout } from "./active-rollout.ts";
import { purposeOf, type DeployOptions } from "./options.ts";
import type { Lease } from "./lease.ts";
import type { RolloutPorts } from "./ports.ts";
import type { Seen } from "./preflight.ts";
import type { Reporter, Rollout, RolloutFailure } from "./report.ts";
import { recordRollout } from "./record.ts";
import type { RolloutRun } from "./rollout-run.ts";
import type { Step } from "./step.ts";

/** Milliseconds for which an answer of the instance about its lease counts between steps: unless it is broken by hand, it runs out much later. */
const FRESH_MS = 2_000;

/** Journals the beginning of a rollout. */
export async function beginRun(
	ports: RolloutPorts,
	seen: Seen,
	lease: Lease,
	options: DeployOptions,
): Promise<ActiveRollout> {
	const { config, clock, instance, progress } = ports;
	const { observation, next, known, outlook, interrupted } = seen;
	const continued = interrupted && interruptedNote(instance.name, interrupted, options);
	if (continued) progress.note(continued);
	const id = rolloutId(clock.now(), lease.token);
	const journal = openJournal(config.state, instance.name, id, clock);
	const note = (text: string) => progress.note(text);
	const run: RolloutRun = {
		...{ id, token: lease.token, by: lease.owner, journal, note, generation: outlook.generation },
		...{ pollers: [], begun: null, steps: [], log: [], logKept: false, facts: continued ? [continued] : [] },
	};
	const { token, owner } = lease;
	await journal.write({ event: "begin", purpose: purposeOf(options), reference: next.reference, token, owner });
	const execution = observation.begin(run, next, known);
	const signal = AbortSignal.any([ports.signal, lease.signal]);
	const dispose = async () => execution.close();
	return { ports, seen, lease, run, execution, options, signal, [Symbol.asyncDispose]: dispose };
}

function interruptedNote(instance: string, { id, last, kinds }: UnfinishedRollout, { replace }: DeployOptions): string {
	const what = `rollout ${id} was interrupted at "${last}"`;
	return kinds.includes("rent") && !replace
		? `${what}; what it rented is destroyed by cres deploy ${instance} --replace`
		: `${what}; what it left is cleared when this one is live`;
}

/** Does the steps of the plan up to the first cleanup, in order: those of the phase `prove` verify the release. */
export async function execute(active: ActiveRollout, plan: readonly Step[]): Promise<void> {
	for (const step of plan.slice(0, firstCleanup(plan))) await perform(active, step, active.signal);
	active.signal.throwIfAborted();
	await active.lease.assertHeld(); // whoever lost it in the last step has nothing to call live
}

/** Does one step and journals it before and after. */
async function perform(active: ActiveRollout, step: Step, signal: AbortSignal): Promise<void> {
	const { ports, run, execution, lease } = active;
	const { kind, title, phase, exclusive } = step;
	signal.throwIfAborted();
	await lease.assertHeld(exclusive ? 0 : FRESH_MS);
	const started = ports.clock.now();
	run.begun = kind;
	await run.journal.write({ event: "step", kind, title, phase });
	await ports.progress.step(title, (report) => execution.perform(step, { signal, report }));
	const ms = ports.clock.now() - started;
	run.steps.push({ kind, ms });
	await run.journal.write({ event: "done", kind, ms });
}

const firstCleanup = (plan: readonly Step[]): number => {
	const first = plan.findIndex(({ phase }) => phase === "cleanup");
	return first < 0 ? plan.length : first;
};

/**
 * Writes the records of what happened. A release that is live is cleaned up after, even when Ctrl-C came by now.
 * @throws UserError unrecorded, and what is left undone although the release is live
 */
export async function commit(
	active: ActiveRollout,
	report: Reporter,
	failure: RolloutFailure | undefined,
): Promise<Rollout> {
	if (!failure) await cleanUp(active);
	const rollout = report.ended(active.run, failure);
	const unrecorded = await recordRollout(active, rollout);
	const stop = active.execution.leftOver?.() ?? (failure ? undefined : unrecorded);
	if (unrecorded && unrecorded !== stop) active.run.note(unrecorded.message);
	if (stop) throw stop;
	return rollout;
}

/** Old containers and images go; what cannot be taken away is left to the next deploy. */
async function cleanUp(active: ActiveRollout): Promise<void> {
	const { plan } = active.seen.outlook;
	const { signal } = active.lease;
	for (const step of plan.slice(firstCleanup(plan)))
		await perform(active, step, signal).catch((error: unknown) => {
			active.run.note(`${step.kind}: ${messageOf(error)}; the next deploy tries again`);
		});
}
