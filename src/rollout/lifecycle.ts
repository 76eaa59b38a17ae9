import { UserError } from "../errors/errors.ts";
import { instanceConfig } from "../instance/open.ts";
import type { PollerRow } from "../temporal/pollers.ts";
import { driverOf } from "../instances/open.ts";
import { openJournal, rolloutId } from "./journal.ts";
import { takeLease } from "./lease.ts";
import type { RolloutPorts } from "./ports.ts";

export type LifecycleAction = "stop" | "start" | "restart";

/** What `cres stop`, `start` and `restart` return under --json. */
export interface LifecycleResult {
	instance: string;
	action: LifecycleAction;
	/** False: it was so already. */
	changed: boolean;
	buildId: string;
	running: boolean;
	pollers: PollerRow[];
}

/**
 * Drains, starts or restarts what the instance already has; never another digest.
 * @throws UserError nothing_deployed, lease_held, never_polled, container_died
 */
export async function changeLife(ports: RolloutPorts, action: LifecycleAction): Promise<LifecycleResult> {
	const { config, clock, instance } = ports;
	const driver = await driverOf(instanceConfig(config, instance));
	const lease = await takeLease(config.root, instance, action, clock);
	const journal = openJournal(config.root, instance, rolloutId(clock.now(), lease.token), clock);
	try {
		const result = await driver.change(ports, action, journal);
		await journal.write("end", action);
		return result;
	} catch (error) {
		await journal.write("end", "failed");
		throw error;
	} finally {
		await lease.release();
	}
}

export const nothingDeployed = (instance: string) =>
	new UserError("nothing_deployed", `${instance} has no container of ours`, { hint: `cres deploy ${instance}` });

/** One line. */
export const renderLife = ({ instance, action, changed, buildId, running, pollers }: LifecycleResult): string =>
	[
		changed ? `${instance}: ${action} done` : `${instance}: nothing to ${action}`,
		`${buildId} ${running ? `runs and polls ${[...new Set(pollers.map(({ queue }) => queue))].join(", ")}` : "is stopped"}`,
	].join("; ");
