import { UserError } from "../errors.ts";
import type { ContainerHost, ContainerState } from "../instance/container-host.ts";
import { instanceConfig } from "../instance/open.ts";
import type { PollerRow } from "../temporal/pollers.ts";
import { LABEL } from "../contracts/labels.ts";
import { openJournal, rolloutId } from "./journal.ts";
import { takeLease } from "./lease.ts";
import { isRunning, ourContainers } from "./observe.ts";
import type { RolloutPorts } from "./ports.ts";
import { untilPolling } from "./watch.ts";

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
	instanceConfig(config, instance);
	const host = await ports.openHost();
	const lease = await takeLease(config.root, instance, action, clock).catch((error: unknown) => {
		host.close();
		throw error;
	});
	const journal = openJournal(config.root, instance, rolloutId(clock.now(), lease.token), clock);
	try {
		const [container] = await ourContainers(host, ports);
		if (!container) throw nothingDeployed(instance);
		await journal.write("begin", action);
		const result = await act(ports, host, container, action);
		await journal.write("end", action);
		return result;
	} catch (error) {
		await journal.write("end", "failed");
		throw error;
	} finally {
		await lease.release();
		host.close();
	}
}

async function act(
	ports: RolloutPorts,
	host: ContainerHost,
	container: ContainerState,
	action: LifecycleAction,
): Promise<LifecycleResult> {
	const { instance, progress, config, signal } = ports;
	const buildId = container.labels[LABEL.buildId] ?? "";
	const running = isRunning(container);
	const result = { instance, action, buildId, pollers: [] as PollerRow[] };
	signal.throwIfAborted(); // later on a restart must start what it has stopped
	if (action !== "start" && running)
		await progress.step(`drain and stop ${container.name}`, () =>
			host.stop(container.id, config.rollout.drain_timeout),
		);
	if (action === "stop") return { ...result, changed: running, running: false };
	const pollers = await progress.step(`start ${container.name} and wait for its polls`, async (report) => {
		await host.start(container.id);
		const { roles } = instanceConfig(config, instance);
		const options = { host, temporal: await ports.temporal(), clock: ports.clock, signal, queue: config.queue, roles };
		return untilPolling(
			{ ...container, restarts: running ? container.restarts : 0 },
			options,
			config.rollout.deploy_timeout,
			report,
		);
	});
	return { ...result, changed: action === "restart" || !running, running: true, pollers };
}

const nothingDeployed = (instance: string) =>
	new UserError("nothing_deployed", `${instance} has no container of ours`, { hint: `cres deploy ${instance}` });

/** One line. */
export const renderLife = ({ instance, action, changed, buildId, running, pollers }: LifecycleResult): string =>
	[
		changed ? `${instance}: ${action} done` : `${instance}: nothing to ${action}`,
		`${buildId} ${running ? `runs and polls ${[...new Set(pollers.map(({ queue }) => queue))].join(", ")}` : "is stopped"}`,
	].join("; ");
