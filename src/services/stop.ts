import { UserError } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import type { Processes } from "../system/processes.ts";
import { until } from "../system/until.ts";
import { runs, type ProcessIdentity } from "./identity.ts";

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
		if (isGone) await stopGroup(ports, () => groupOf(ports, identity, ran), graceMs);
	} catch (cause) {
		signal?.throwIfAborted();
		throw notStopped(identity, cause);
	}
	if (!isGone) throw notStopped(identity);
}

async function stopOne(ports: StopPorts, identity: ProcessIdentity, graceMs: number): Promise<boolean> {
	const alive = () => runs(ports.processes, identity);
	ports.processes.ask(identity.pid);
	if (await endsWithin(ports, alive, graceMs)) return true;
	ports.processes.kill(identity.pid);
	return endsWithin(ports, alive, KILLED_WITHIN_MS);
}

/** What is left of its group. Of a process that ended earlier its pid may have led another group: the mark tells. */
async function groupOf({ processes }: StopPorts, { pid, mark }: ProcessIdentity, ran: boolean): Promise<number[]> {
	const group = await processes.bereaved(pid);
	if (ran || group.length === 0) return group;
	const marked = mark === undefined ? [] : await processes.marked(mark);
	return group.filter((one) => marked.includes(one));
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
