import type { LifecycleAction, LifecycleChange } from "../instances/instance.ts";
import { openJournal, rolloutId } from "../state/journal.ts";
import { takeLease } from "./lease.ts";
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
	let begun = false;
	const begin = async () => {
		begun = true;
		await journal.write({ event: "begin", purpose: action, token, owner });
	};
	try {
		const change = await instance.changeLife(action, { signal, progress, begin });
		await journal.write({ event: "end", outcome: "done" });
		return { instance: instance.name, action, ...change };
	} catch (error) {
		// What was refused is no event of the instance; and the error itself is what counts.
		if (begun) await journal.write({ event: "end", outcome: "failed" }).catch(() => {});
		throw error;
	}
}

/** One line. */
export const renderLife = ({ instance, action, changed, buildId, running, pollers }: LifecycleResult): string =>
	[
		changed ? `${instance}: ${action} done` : `${instance}: nothing to ${action}`,
		`${buildId} ${running ? `runs and polls ${[...new Set(pollers.map(({ queue }) => queue))].join(", ")}` : "is stopped"}`,
	].join("; ");
