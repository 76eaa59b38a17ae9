import { LABEL } from "../../../contracts/labels.ts";
import { hasCode, messageOf } from "../../../errors/errors.ts";
import type { PollerRow } from "../../../temporal/pollers.ts";
import { untilPolling } from "../../../temporal/until-polling.ts";
import type { ContainerHost, ContainerState } from "../container-host.ts";
import { isRunning, ourContainers, ourLabels, recordedContainer } from "../containers.ts";
import { lastLines } from "../logs.ts";
import type { DockerPorts } from "../ports.ts";
import { workerOf } from "../watch.ts";
import type { DockerRollout } from "./docker-rollout.ts";

/** Lines of the log that is kept of a container that failed, and those that are shown of one that does not come back. */
const KEPT = 10_000;
const SHOWN = 20;
const RECONNECT_TRIES = 5;

/**
 * Starts what ran before, keeps the last log lines of what this rollout made, drains and removes that, and waits until
 * the release before polls. Works on a new connection when the old one was lost.
 */
export async function revert(
	ports: DockerPorts,
	own: DockerRollout,
	report: (text: string) => void,
): Promise<PollerRow[]> {
	const host = await reachable(ports);
	const old = recordedContainer(own.seen.containers, own.known.releases);
	const startFirst = !own.next.spec.roles.includes("gpu");
	if (old && startFirst) await host.start(old.id);
	await removeMade(ports, host, own);
	if (!old) return [];
	await host.start(old.id);
	return untilOldPolls(ports, host, old, report).catch(async (error: unknown) => {
		const wasWell = isRunning(old);
		if (wasWell && !hasCode(error, "temporal_unreachable")) {
			for (const { text } of await lastLines(host, old.id, SHOWN)) own.run.note(`  | ${text}`);
			throw error;
		}
		const now = wasWell ? "runs again" : "restarts again and again, as before";
		own.run.note(`${old.name} ${now}; its polls are not verified: ${messageOf(error)}`);
		return [];
	});
}

async function untilOldPolls(
	ports: DockerPorts,
	host: ContainerHost,
	old: ContainerState,
	report: (text: string) => void,
): Promise<PollerRow[]> {
	const { config, settings, clock } = ports;
	const now = await host.container(old.id); // it was started again: what it had restarted before counts no more
	const worker = workerOf(now ?? old, host, { queue: config.queue, roles: settings.roles });
	const signal = new AbortController().signal;
	const temporal = await ports.temporal();
	return untilPolling(worker, { temporal, clock, signal, timeoutMs: config.rollout.deploy_timeout, report });
}

/** Only what this rollout made: what else is there now is somebody else's. */
async function removeMade(ports: DockerPorts, host: ContainerHost, { run }: DockerRollout): Promise<void> {
	for (const { id, labels } of await ourContainers(host, ports)) {
		if (labels[LABEL.rollout] !== run.id) continue;
		run.log = await lastLines(host, id, KEPT);
		await host.stop(id, ports.config.rollout.drain_timeout); // it may have taken jobs by now
		await host.remove(id);
	}
}

async function reachable(ports: DockerPorts): Promise<ContainerHost> {
	let current = await ports.host().catch(() => ports.reconnect());
	for (let attempt = 1; ; attempt++) {
		current.ignoreInterrupts();
		try {
			await current.containers(ourLabels(ports));
			return current;
		} catch (error) {
			if (attempt === RECONNECT_TRIES) throw error;
			await ports.clock.sleep(attempt * 1000);
			current = await ports.reconnect().catch(() => current);
		}
	}
}
