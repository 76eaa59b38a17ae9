import { expectedPollers, type ExpectedPoller, type Role } from "../../../contracts/queues.ts";
import { formatIdentity } from "../../../contracts/identity.ts";
import { SUPERVISOR_CONFIG, WORKER_LOGS, WORKER_PROGRAMS } from "../../../contracts/vast.ts";
import { UserError } from "../../../errors/errors.ts";
import { probe, type Probe } from "../../../instance/probe.ts";
import type { SshSession } from "../../../instance/ssh.ts";
import { awaitPollers } from "../../../temporal/await-pollers.ts";
import type { PollerRow } from "../../../temporal/pollers.ts";
import type { Temporal } from "../../../temporal/temporal.ts";
import type { RolloutPorts } from "../../ports.ts";

const LOG_TAIL = 20;
/** Milliseconds. */
const LOOK_EVERY = 2_000;
/** supervisord needs a moment to count a start as one. */
const RESTARTS_ALLOWED = 1;

/** The worker of a container, and who it is to Temporal. */
export interface VastWorker {
	session: SshSession;
	probe: Probe;
}

/** The identity that the worker of `role` in a container polls with; undefined before its on-start ran. */
export const identityOf = (instance: string, { buildId, container }: Probe, role: Role): string | undefined =>
	buildId === undefined || container === undefined ? undefined : formatIdentity({ role, instance, buildId, container });

/** Whether this very worker serves all of these, as Temporal sees it. */
export const servesAll = (
	instance: string,
	probed: Probe,
	expected: readonly ExpectedPoller[],
	rows: readonly PollerRow[],
): boolean =>
	expected.every(({ queue, type, role }) =>
		rows.some(
			(row) =>
				row.queue === queue &&
				row.type === type &&
				row.identity === identityOf(instance, probed, role) &&
				(row.verdict === "LIVE" || row.verdict === "BUSY"),
		),
	);

const control = (session: SshSession, action: "start" | "stop") =>
	session.exec(["supervisorctl", "-c", SUPERVISOR_CONFIG, action, WORKER_PROGRAMS]);

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
	throw new UserError("worker_missing", `${instance} has no worker of ours in its container`, {
		hint: `cres deploy ${instance}`,
	});
}

/** The last lines that the worker wrote; none when they cannot be had. */
export async function lastLines(session: SshSession): Promise<string[]> {
	const command = `tail -q -n ${LOG_TAIL} ${WORKER_LOGS}`;
	const { stdout } = await session.exec(["sh", "-c", command]).catch(() => ({ stdout: "" }));
	return stdout.split("\n").filter((line) => line !== "");
}

/**
 * Waits until the worker of this very container polls every queue of its roles.
 * @throws UserError container_died when it keeps ending, never_polled after the deploy time-out
 */
export async function untilPolling(
	ports: RolloutPorts,
	temporal: Temporal,
	worker: VastWorker,
	roles: readonly Role[],
	report: (text: string) => void,
): Promise<PollerRow[]> {
	const { config, clock, instance } = ports;
	const done = new AbortController();
	const signal = AbortSignal.any([ports.signal, done.signal]);
	const expected = expectedPollers(config.queue, roles);
	const identity = (role: Role): string => identityOf(instance, worker.probe, role) ?? "";
	const onTick = (seen: PollerRow[]) => report(`${seen.length} of ${expected.length} poll`);
	const timeoutMs = config.rollout.deploy_timeout;
	const polling = awaitPollers(temporal, { expected, identity }, { timeoutMs, signal, clock, onTick });
	const living = whileAlive(ports, worker, signal);
	try {
		const { seen, missing } = (await Promise.race([polling, living]))!;
		if (missing.length === 0) return seen;
		const queues = missing.map(({ queue, type }) => `${queue} (${type})`).join(", ");
		throw new UserError("never_polled", `the worker did not poll ${queues} within ${timeoutMs / 1000} s`, {
			hint: "its last log lines are above; check queue, Temporal address and namespace in cres.yaml",
		});
	} finally {
		done.abort();
		await Promise.allSettled([polling, living]);
	}
}

/** Settles only by failing: when the worker keeps ending, or when `signal` aborts. */
async function whileAlive({ clock, instance }: RolloutPorts, { session }: VastWorker, signal: AbortSignal) {
	const pids = new Set<number>();
	for (;;) {
		await clock.sleep(LOOK_EVERY, signal);
		const { worker, workerPid } = await probe(instance, session);
		if (workerPid !== undefined) pids.add(workerPid);
		const restarts = Math.max(0, pids.size - 1);
		if (worker === "FATAL" || worker === "EXITED" || worker === "BACKOFF" || restarts > RESTARTS_ALLOWED)
			throw workerDied(worker, restarts);
	}
}

export const workerDied = (worker: Probe["worker"], restarts: number) =>
	new UserError("container_died", `the worker keeps ending: it is ${worker} after ${restarts} restarts`, {
		hint: "its last log lines are above",
	});
