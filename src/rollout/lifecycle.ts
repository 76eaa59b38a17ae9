import { messageOf } from "../errors/errors.ts";
import type { LifecycleAction, LifecycleChange } from "../instances/instance.ts";
import { recordEntry } from "../plan/plan-file.ts";
import { openJournal, rolloutId } from "../state/journal.ts";
import { takeLease } from "./lease.ts";
import { failedLifeEntry, lifeEntry } from "./life-entry.ts";
import type { RolloutPorts } from "./ports.ts";

/** What `cres stop`, `start` and `restart` return under --json. */
export interface LifecycleResult extends LifecycleChange {
	instance: string;
	action: LifecycleAction;
}

/**
 * Drains, starts or restarts what the instance already has; never another digest.
 * @throws UserError nothing_deployed, lease_held, never_polled, container_died
 */
export async function changeLife(
	ports: Pick<RolloutPorts, "instance" | "config" | "clock" | "progress" | "signal">,
	action: LifecycleAction,
): Promise<LifecycleResult> {
	const { config, clock, instance, progress } = ports;
	await using lease = await takeLease(ports, action);
	const { token, owner } = lease;
	const journal = openJournal(config.state, instance.name, rolloutId(clock.now(), token), clock);
	const signal = AbortSignal.any([ports.signal, lease.signal]);
	const now = () => new Date(clock.now());
	let begun = false;
	const begin = async () => {
		begun = true;
		await journal.write({ event: "begin", purpose: action, token, owner });
	};
	// What was changed is changed: that it cannot be recorded is only noted.
	const end = (outcome: "done" | "failed") =>
		journal
			.write({ event: "end", outcome })
			.catch((error: unknown) => progress.note(`the journal cannot be written: ${messageOf(error)}`));
	try {
		const change = await instance.changeLife(action, { signal, progress, begin });
		await end("done");
		const result = { instance: instance.name, action, ...change };
		if (change.changed) await record(ports, lifeEntry(result, { at: now(), by: owner }));
		return result;
	} catch (error) {
		// What was refused is no event of the instance; and the error itself is what counts.
		if (begun) await end("failed");
		if (begun) await record(ports, failedLifeEntry(instance.name, action, error, { at: now(), by: owner }));
		throw error;
	}
}

const record = (
	{ config, progress }: Pick<RolloutPorts, "config" | "progress">,
	entry: Parameters<typeof recordEntry>[1],
): Promise<void> => recordEntry(config.root, entry).catch((error: unknown) => progress.note(messageOf(error)));

/** One line. */
export const renderLife = ({ instance, action, changed, buildId, running, pollers }: LifecycleResult): string =>
	[
		changed ? `${instance}: ${action} done` : `${instance}: nothing to ${action}`,
		`${buildId} ${running ? `runs and polls ${[...new Set(pollers.map(({ queue }) => queue))].join(", ")}` : "is stopped"}`,
	].join("; ");
