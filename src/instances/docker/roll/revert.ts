import { LABEL } from "../../../contracts/labels.ts";
import { hasCode, messageOf } from "../../../errors/errors.ts";
import type { ContainerHost, ContainerState } from "../../../instance/container-host.ts";
import type { PollerRow } from "../../../temporal/pollers.ts";
import type { Progressing } from "../../../rollout/driver.ts";
import type { RolloutPorts } from "../../../rollout/ports.ts";
import { watching, type DockerRun } from "./steps.ts";
import { ourContainers, ourLabels, provenContainer } from "./observe.ts";
import { untilPolling } from "../watch.ts";

const LOG_TAIL = 20;
const RECONNECT_TRIES = 5;

/**
 * Starts what ran before, keeps the last log lines of what was made since, drains and removes that, and waits until the
 * release before polls. Works on a new connection when the old one was lost.
 */
export async function revert(
	ports: RolloutPorts,
	own: DockerRun,
	run: Progressing,
	report: (text: string) => void,
): Promise<PollerRow[]> {
	own.host = await reachable(ports, own.host);
	return swapBack(ports, own, run, report);
}

/** Start-first starts the old one before the new one goes, as on the way there. */
async function swapBack(
	ports: RolloutPorts,
	own: DockerRun,
	run: Progressing,
	report: (text: string) => void,
): Promise<PollerRow[]> {
	const old = provenContainer(own.seen);
	if (old && own.seen.wanted.order === "start-first") await own.host.start(old.id);
	await removeAllBut(old, ports, own, run);
	if (!old) return [];
	await own.host.start(old.id);
	const options = { ...watching(ports, own), roles: own.seen.instance.roles };
	return untilPolling(old, options, ports.config.rollout.deploy_timeout, report).catch(async (error: unknown) => {
		if (!hasCode(error, "temporal_unreachable")) {
			for (const line of await lastLines(own.host, old.id)) ports.progress.note(`  | ${line}`);
			throw error;
		}
		ports.progress.note(`${old.name} runs again; its polls are not proven: ${messageOf(error)}`);
		return [];
	});
}

/** Where nothing ran before, what was stopped stays: it is for `cres start`. */
async function removeAllBut(
	old: ContainerState | undefined,
	ports: RolloutPorts,
	own: DockerRun,
	run: Progressing,
): Promise<void> {
	for (const { id, labels } of await ourContainers(own.host, ports)) {
		const made = labels[LABEL.rollout] === run.id;
		if (made) run.logTail = await lastLines(own.host, id);
		if (!made && (!old || id === old.id)) continue;
		await own.host.stop(id, ports.config.rollout.drain_timeout); // it may have taken jobs by now
		await own.host.remove(id);
	}
}

async function reachable(ports: RolloutPorts, host: ContainerHost): Promise<ContainerHost> {
	let current = host;
	for (let attempt = 1; ; attempt++) {
		try {
			await current.containers(ourLabels(ports));
			return current;
		} catch (error) {
			if (attempt === RECONNECT_TRIES) throw error;
			await ports.clock.sleep(attempt * 1000);
			current = await ports.openHost({ signal: new AbortController().signal }).catch(() => current);
		}
	}
}

async function lastLines(host: ContainerHost, id: string): Promise<string[]> {
	try {
		return await Array.fromAsync(host.logs(id, { tail: LOG_TAIL }));
	} catch {
		return []; // a container that never started has no log
	}
}
