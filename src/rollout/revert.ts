import { LABEL } from "../contracts/labels.ts";
import { UserError, codeOf, messageOf } from "../errors.ts";
import type { ContainerHost, ContainerState } from "../instance/container-host.ts";
import type { PollerRow } from "../temporal/pollers.ts";
import { watching, type Progressing } from "./execute.ts";
import { ourContainers, ourLabels, provenContainer } from "./observe.ts";
import type { RolloutPorts } from "./ports.ts";
import { untilPolling } from "./watch.ts";

const LOG_TAIL = 20;
const RECONNECT_TRIES = 5;

/**
 * Back to what ran before: starts it, keeps the last log lines of what was made since, drains and removes that, and
 * waits until the release before polls. Works on a new connection when the old one was lost, and is not stopped by
 * Ctrl-C. Afterwards `run.pollers` holds the polls of the release before, as far as Temporal shows them.
 * @throws UserError revert_failed: says what is known of the instance
 */
export async function revert(ports: RolloutPorts, run: Progressing): Promise<void> {
	const started = ports.clock.now();
	try {
		await run.journal.write("step", "revert");
		run.pollers = await ports.progress.step("go back to the release before", async (report) => {
			run.host = await reachable(ports, run.host);
			return swapBack(ports, run, report);
		});
		run.steps.push({ kind: "revert", ms: ports.clock.now() - started });
		await run.journal.write("done", "revert");
	} catch (cause) {
		throw new UserError("revert_failed", `${ports.instance} could not be brought back: ${messageOf(cause)}`, {
			hint: `cres status, then cres rollback ${ports.instance}`,
			cause,
		});
	}
}

/** Start-first starts the old one before the new one goes, as on the way there. */
async function swapBack(ports: RolloutPorts, run: Progressing, report: (text: string) => void): Promise<PollerRow[]> {
	const old = provenContainer(run.seen);
	if (old && run.seen.wanted.order === "start-first") await run.host.start(old.id);
	await removeAllBut(old, ports, run);
	if (!old) return [];
	await run.host.start(old.id);
	const options = { ...watching(ports, run), signal: new AbortController().signal, roles: run.seen.instance.roles };
	return untilPolling(old, options, ports.config.rollout.deploy_timeout, report).catch((error: unknown) => {
		if (codeOf(error) !== "temporal_unreachable") throw error;
		ports.progress.note(`${old.name} runs again; its polls are not proven: ${messageOf(error)}`);
		return [];
	});
}

/** Where nothing ran before, what was stopped stays: it is for `cres start`. */
async function removeAllBut(old: ContainerState | undefined, ports: RolloutPorts, run: Progressing): Promise<void> {
	for (const { id, labels } of await ourContainers(run.host, ports)) {
		const made = labels[LABEL.rollout] === run.id;
		if (made) run.logTail = await lastLines(run.host, id);
		if (!made && (!old || id === old.id)) continue;
		await run.host.stop(id, ports.config.rollout.drain_timeout); // it may have taken jobs by now
		await run.host.remove(id);
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
