import { UserError } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import type { Processes } from "../system/processes.ts";
import { runs, type ProcessIdentity } from "./identity.ts";

const LOOK_EVERY_MS = 50;
/** For what was killed: only a process that waits for a device takes longer. */
const KILLED_WITHIN_MS = 10_000;

export interface StopPorts {
	processes: Processes;
	clock: Clock;
}

/**
 * Asks a process to end, kills it with its group when it has not after `graceMs`, and returns when it is gone. A process
 * that has its pid by now is left alone.
 * @throws UserError service_not_stopped
 */
export async function stopProcess(ports: StopPorts, identity: ProcessIdentity, graceMs: number): Promise<void> {
	const { processes } = ports;
	try {
		if (!(await runs(processes, identity))) return;
		processes.ask(identity.pid);
		if (await endsWithin(ports, identity, graceMs)) return;
		processes.kill(identity.pid);
		if (await endsWithin(ports, identity, KILLED_WITHIN_MS)) return;
	} catch (cause) {
		throw notStopped(identity, cause);
	}
	throw notStopped(identity);
}

async function endsWithin({ processes, clock }: StopPorts, identity: ProcessIdentity, ms: number): Promise<boolean> {
	// Counted, not read from the clock: that may be set meanwhile.
	for (let waited = 0; await runs(processes, identity); waited += LOOK_EVERY_MS) {
		if (waited >= ms) return false;
		await clock.sleep(LOOK_EVERY_MS);
	}
	return true;
}

function notStopped({ pid, program }: ProcessIdentity, cause?: unknown): UserError {
	const reason = cause instanceof Error ? `: ${cause.message}` : "";
	return new UserError("service_not_stopped", `process ${pid} (${program}) cannot be stopped${reason}`, {
		hint: "run the command again as the user that started it",
		cause,
	});
}
