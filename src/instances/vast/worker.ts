import { formatIdentity } from "../../contracts/identity.ts";
import { expectedPollers, type Role } from "../../contracts/queues.ts";
import { SUPERVISOR_CONFIG, WORKER_PROGRAMS } from "../../contracts/vast.ts";
import { UserError } from "../../errors/errors.ts";
import { servesAll, type PollerRow } from "../../temporal/pollers.ts";
import { untilPolling, type WatchedWorker } from "../../temporal/until-polling.ts";
import { crashLoopWatch, workerDied } from "../crash-loop.ts";
import type { LogLine } from "../log-line.ts";
import type { SshSession } from "../ssh/session.ts";
import { endOfLogFiles } from "./log-files.ts";
import type { VastPorts } from "./ports.ts";
import { probe, type Probe } from "./probe.ts";

/** Bytes of each program's log that are read when a worker failed. */
const END_OF_LOG = 200_000;
/** Milliseconds. */
const LOOK_EVERY = 2_000;

/** The worker of a container, and who it is to Temporal. */
export interface VastWorker {
	session: SshSession;
	probe: Probe;
}

/** The identity that the worker of `role` in a container polls with; undefined before its on-start ran. */
export const identityOf = (instance: string, { buildId, container }: Probe, role: Role): string | undefined =>
	buildId === undefined || container === undefined ? undefined : formatIdentity({ role, instance, buildId, container });

/** Whether this very worker serves every queue of the instance's roles, as Temporal sees it. */
export const isServing = (
	{ name, config, settings }: Pick<VastPorts, "name" | "config" | "settings">,
	probed: Probe,
	polls: readonly PollerRow[],
): boolean => servesAll(expectedPollers(config.queue, settings.roles), (role) => identityOf(name, probed, role), polls);

/** The image says how long a worker may finish its activities, and the process owner ends it then; milliseconds. */
const DRAIN_LIMIT = 24 * 3_600_000;

const control = (session: SshSession, action: "start" | "stop") => {
	const argv = ["supervisorctl", "-c", SUPERVISOR_CONFIG, action, WORKER_PROGRAMS];
	return session.exec(argv, action === "stop" ? { timeoutMs: DRAIN_LIMIT } : {});
};

/** Lets the worker finish and stops it; its process owner waits for as long as the image says. @throws UserError drain_failed */
export async function drain(instance: string, session: SshSession): Promise<void> {
	await control(session, "stop");
	const { worker } = await probe(instance, session);
	if (worker !== "RUNNING" && worker !== "STARTING") return;
	throw new UserError("drain_failed", `the worker of ${instance} did not stop; it is ${worker}`, {
		hint: `cres logs ${instance}`,
	});
}

/** Starting what runs is no error. @throws UserError worker_missing */
export async function startWorker(instance: string, session: SshSession): Promise<void> {
	await control(session, "start");
	const { worker } = await probe(instance, session);
	if (worker !== "none") return;
	throw new UserError("worker_missing", `${instance} runs no cres worker in its container`, {
		hint: `cres deploy ${instance}`,
	});
}

/** The last lines that the programs wrote; none when they cannot be had. */
export const lastLines = (session: SshSession): Promise<LogLine[]> => endOfLogFiles(session, END_OF_LOG);

/**
 * Waits until the worker of this very container polls every queue of the instance's roles.
 * @throws UserError container_died when it keeps ending, never_polled after the deploy time-out
 */
export async function untilWorkerPolls(
	ports: VastPorts,
	worker: VastWorker,
	{ signal, report }: { signal: AbortSignal; report: (text: string) => void },
): Promise<PollerRow[]> {
	const { clock, config } = ports;
	const temporal = await ports.temporal();
	const timeoutMs = config.rollout.deploy_timeout;
	return untilPolling(watched(ports, worker), { temporal, clock, signal, timeoutMs, report });
}

function watched({ name, config, settings }: VastPorts, { session, probe: probed }: VastWorker): WatchedWorker {
	const watch = crashLoopWatch();
	return {
		expected: expectedPollers(config.queue, settings.roles),
		identity: (role) => identityOf(name, probed, role),
		lookEveryMs: LOOK_EVERY,
		async assertAlive() {
			const state = await probe(name, session);
			const { restarts, keepsEnding } = watch.see(state);
			if (keepsEnding) throw workerDied(state.worker, restarts, await lastLines(session));
		},
	};
}
