import { UserError } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import type { Processes } from "../system/processes.ts";
import { until } from "../system/until.ts";
import { leftBy, runs, type ProcessIdentity } from "./identity.ts";

const LOOK_EVERY_MS = 50;
/** For what was killed: only a process that waits for a device takes longer. */
const KILLED_WITHIN_MS = 10_000;

export interface StopPorts {
	processes: Processes;
	clock: Pick<Clock, "sleep">;
}

/**
 * Asks a process to end, kills it with its group when it has not after `graceMs`, and returns when it is gone. What it
 * leaves in its group, as a shell does with its program, is asked and killed likewise; Linux shows that. A process that
 * has its pid by now is left alone. `signal` ends the wait: what was asked may still run then.
 * @throws UserError service_not_stopped, and what `signal` was aborted with
 */
export async function stopProcess(
	given: StopPorts,
	identity: ProcessIdentity,
	graceMs: number,
	signal?: AbortSignal,
): Promise<void> {
	const sleep = (ms: number) => given.clock.sleep(ms, signal);
	const ports = { processes: given.processes, clock: { sleep } };
	let isGone: boolean;
	try {
		const ran = await runs(ports.processes, identity);
		isGone = !ran || (await stopOne(ports, identity, graceMs));
		const left = () => (ran ? ports.processes.bereaved(identity.pid) : leftBy(ports.processes, identity));
		if (isGone) await stopGroup(ports, left, graceMs);
	} catch (cause) {
		signal?.throwIfAborted();
		throw notStopped(identity, cause);
	}
	if (!isGone) throw notStopped(identity);
}

async function stopOne(ports: StopPorts, identity: ProcessIdentity, graceMs: number): Promise<boolean> {
	const { processes } = ports;
	const alive = () => runs(processes, identity);
	const isTold = identity.mark !== undefined && ((await processes.tell?.(identity.mark)) ?? false);
	if (!isTold) processes.ask(identity.pid);
	if (await endsWithin(ports, alive, graceMs)) return true;
	processes.kill(identity.pid);
	return endsWithin(ports, alive, KILLED_WITHIN_MS);
}

async function stopGroup(ports: StopPorts, left: () => Promise<number[]>, graceMs: number): Promise<void> {
	for (const pid of await left()) ports.processes.ask(pid);
	if (await endsWithin(ports, async () => (await left()).length > 0, graceMs)) return;
	for (const pid of await left()) ports.processes.kill(pid);
}

async function endsWithin({ clock }: StopPorts, alive: () => Promise<boolean>, ms: number): Promise<boolean> {
	const isGone = async () => !(await alive()) || undefined;
	return (await until(clock, { everyMs: LOOK_EVERY_MS, withinMs: ms }, isGone)) ?? false;
}

function notStopped({ pid, program }: ProcessIdentity, cause?: unknown): UserError {
	const reason = cause instanceof Error ? `: ${cause.message}` : "";
	return new UserError("service_not_stopped", `process ${pid} (${program}) cannot be stopped${reason}`, {
		hint: "run the command again as the user that started it",
		cause,
	});
}
