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
	const { clock, instance, progress } = ports;
	await using lease = await takeLease(ports, action);
	const signal = AbortSignal.any([ports.signal, lease.signal]);
	const events = journalOf(ports, action, lease);
	const when = () => ({ at: new Date(clock.now()), by: lease.owner });
	try {
		const change = await instance.changeLife(action, { signal, progress, begin: events.begin });
		await events.end("done");
		const result = { instance: instance.name, action, ...change };
		if (change.changed) await record(ports, lifeEntry(result, when()));
		return result;
	} catch (error) {
		// What was refused is no event of the instance; and the error itself is what counts.
		if (events.hasBegun()) {
			await events.end("failed");
			await record(ports, failedLifeEntry(instance.name, action, error, when()));
		}
		throw error;
	}
}

type LifecyclePorts = Parameters<typeof changeLife>[0];

function journalOf(
	{ config, clock, instance, progress }: LifecyclePorts,
	action: LifecycleAction,
	{ token, owner }: Pick<Awaited<ReturnType<typeof takeLease>>, "token" | "owner">,
) {
	const journal = openJournal(config.state, instance.name, rolloutId(clock.now(), token), clock);
	let begun = false;
	return {
		hasBegun: () => begun,
		begin: async (): Promise<void> => {
			begun = true;
			await journal.write({ event: "begin", purpose: action, token, owner });
		},
		/** What was changed is changed: that it cannot be recorded is only noted. */
		end: (outcome: "done" | "failed"): Promise<void> =>
			journal
				.write({ event: "end", outcome })
				.catch((error: unknown) => progress.note(`the journal cannot be written: ${messageOf(error)}`)),
	};
}

const record = (
	{ config, progress }: Pick<LifecyclePorts, "config" | "progress">,
	entry: Parameters<typeof recordEntry>[1],
): Promise<void> => recordEntry(config.root, entry).catch((error: unknown) => progress.note(messageOf(error)));

/** One line. */
export const renderLife = ({ instance, action, changed, buildId, running, pollers }: LifecycleResult): string =>
	[
		changed ? `${instance}: ${action} done` : `${instance}: nothing to ${action}`,
		`${buildId} ${running ? `runs and polls ${[...new Set(pollers.map(({ queue }) => queue))].join(", ")}` : "is stopped"}`,
	].join("; ");
