import { asUserError } from "../errors/as-user-error.ts";
import { UserError, codeOf, hasCode, messageOf } from "../errors/errors.ts";
import type { JournalEvent } from "../state/journal-events.ts";
import { keepLog } from "../state/kept-logs.ts";
import type { ActiveRollout } from "./active-rollout.ts";
import type { Lease } from "./lease.ts";
import { commandOf } from "./options.ts";
import { recordStop } from "./record.ts";
import { lastTexts, type Reporter, type RolloutFailure } from "./report.ts";

const JOURNAL_LINES = 20;

/**
 * Back to what ran before, by the driver's own way; is not stopped by Ctrl-C, and does not depend on the journal. Returns
 * why the release did not go live.
 * @throws UserError revert_failed with what is known of the instance, interrupted; and the error itself where nothing was
 * changed, or somebody else has the lease
 */
export async function revert(active: ActiveRollout, report: Reporter, error: unknown): Promise<RolloutFailure> {
	const { ports, run, execution, lease } = active;
	const { signal } = ports;
	await tryToJournal(active, {
		...{ event: "failed", kind: run.begun },
		...{ code: codeOf(error) ?? "unknown", message: messageOf(error) },
	});
	const loss = hasCode(error, "lease_lost") ? error : await lossOf(lease);
	if (loss) throw loss;
	const touched = execution.touched();
	if (touched) await goBack(active, report, error);
	if (signal.aborted) {
		await tryToJournal(active, { event: "end", outcome: "interrupted" });
		const stop = interrupted(active, touched ? stateAfter(active) : "nothing was changed");
		if (touched) await recordStop(active, report.ended(active.run, failureOf(stop)));
		throw stop;
	}
	const failure = asUserError(error);
	if (touched && failure) return failureOf(failure);
	await tryToJournal(active, { event: "end", outcome: "failed" });
	throw error;
}

/** Somebody else may change the instance by now. An instance that does not answer is no loss: it is gone back to. */
async function lossOf(lease: Lease): Promise<unknown> {
	const loss = await lease.assertHeld().then(nothing, (error: unknown) => error);
	const { aborted, reason } = lease.signal;
	return aborted ? reason : hasCode(loss, "lease_lost") ? loss : undefined;
}

const failureOf = ({ code, message, hint }: UserError): RolloutFailure => ({ code, message, hint: hint ?? null });

const nothing = () => undefined;

const stateAfter = ({ seen }: ActiveRollout): string =>
	seen.outlook.previous ? "the release before runs again" : "the new container was removed";

async function goBack(active: ActiveRollout, report: Reporter, why: unknown): Promise<void> {
	const { ports, run, execution } = active;
	const started = ports.clock.now();
	const title = "go back to the release before";
	await tryToJournal(active, { event: "step", kind: "revert", title, phase: "swap" });
	try {
		run.pollers = await ports.progress.step(title, (told) => execution.revert(told));
	} catch (cause) {
		await keepTheLog(active);
		const failure = revertFailed(active, why, cause);
		await recordStop(active, report.ended(run, failureOf(failure)));
		throw failure;
	}
	await keepTheLog(active);
	const ms = ports.clock.now() - started;
	run.steps.push({ kind: "revert", ms });
	await tryToJournal(active, { event: "done", kind: "revert", ms });
}

/** The container that failed is removed by now, or recycled. */
async function keepTheLog(active: ActiveRollout): Promise<void> {
	const { ports, run } = active;
	if (run.log.length === 0) return;
	await tryToJournal(active, { event: "log", lines: lastTexts(run.log, JOURNAL_LINES) });
	try {
		await keepLog(ports.config.state, ports.instance.name, run.id, run.log);
		run.logKept = true;
	} catch (error) {
		run.note(`its log cannot be kept: ${messageOf(error)}`);
	}
}

/** Going back never depends on keeping records: what cannot be written is told, once, and left. */
async function tryToJournal({ run }: ActiveRollout, event: JournalEvent): Promise<void> {
	await run.journal.write(event).catch((error: unknown) => {
		const text = `the journal cannot be written: ${messageOf(error)}`;
		if (run.facts.includes(text)) return;
		run.facts.push(text);
		run.note(text);
	});
}

function revertFailed({ ports, seen }: ActiveRollout, why: unknown, cause: unknown): UserError {
	const { name: instance } = ports.instance;
	const next = `cres ${seen.outlook.previous ? "rollback" : "stop"} ${instance}`;
	const hint = (cause instanceof UserError && cause.hint) || `cres status, then ${next}`;
	const reason = messageOf(cause) === messageOf(why) ? "" : `: ${messageOf(cause)}`;
	const what = `${messageOf(why)}; and ${instance} could not be brought back${reason}`;
	return new UserError("revert_failed", what, { hint, cause });
}

/** Exits as the signal that stopped it. */
function interrupted({ ports, options }: ActiveRollout, state: string): UserError {
	const { reason }: { reason: unknown } = ports.signal;
	const code = reason instanceof UserError ? reason.code : "interrupted";
	return new UserError(code, `interrupted: ${state}`, { hint: commandOf(ports.instance.name, options) });
}
