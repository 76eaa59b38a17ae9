import { runs } from "../services/identity.ts";
import type { TakenPort } from "../system/ports.ts";
import { isThere } from "../system/files.ts";
import { until } from "../system/until.ts";
import { holderText, takenPorts } from "./check-ports.ts";
import { askStop } from "./control.ts";
import { SUPERVISOR, running, stopLeftovers, supervisorOf } from "./leftovers.ts";
import { lockedIfRoom } from "./locked.ts";
import type { BackendPlace } from "./place.ts";
import type { BackendPorts } from "./ports.ts";
import { readSpec } from "./supervisor/spec.ts";

const LOOK_EVERY_MS = 50;
/** After what its servers get, until the supervisor itself is gone. */
const ENDS_WITHIN_MS = 5_000;

export interface Stopped {
	/** Processes that ran, by name; empty: none did. */
	stopped: string[];
	/** Ports of the backend that somebody else holds: he was left alone. */
	held: TakenPort[];
}

/**
 * Stops the gateway and every server of a backend, and nothing else: what runs without being on record is only reported.
 * The signal of the ports ends the wait: what was asked to end may still run then.
 * @throws UserError service_not_stopped, service_record_unreadable
 */
export async function stopBackend(ports: BackendPorts, place: BackendPlace, graceMs: number): Promise<Stopped> {
	if (!(await isThere(place.directory))) return { stopped: [], held: [] }; // it was never started
	return lockedIfRoom(ports, place, "stop", (held) => stopLocked(held, place, graceMs));
}

/** The same for who holds the lock. */
export async function stopLocked(ports: BackendPorts, place: BackendPlace, graceMs: number): Promise<Stopped> {
	const names = await running(ports, place).catch(() => []);
	const supervisor = await supervisorOf(ports, place).catch(() => undefined);
	if (supervisor) {
		await askStop(place, graceMs, ports.signal);
		ports.signal.throwIfAborted();
		const waiting = { everyMs: LOOK_EVERY_MS, withinMs: graceMs + ENDS_WITHIN_MS, signal: ports.signal };
		await until(ports.clock, waiting, async () => !(await runs(ports.processes, supervisor)) || undefined);
	}
	await stopLeftovers(ports, place, graceMs, ports.signal);
	return { stopped: names.filter((name) => name !== SUPERVISOR), held: await heldPorts(ports, place) };
}

async function heldPorts(ports: BackendPorts, place: BackendPlace): Promise<TakenPort[]> {
	const spec = await readSpec(place.directory);
	return spec ? takenPorts(ports, spec.settings) : [];
}

/** What was stopped, and who else holds a port. */
export function renderStopped({ stopped, held }: Stopped): string {
	const what = stopped.length === 0 ? "nothing of it ran" : `stopped: ${stopped.join(", ")}`;
	const ports = held.map((one) => `port ${one.port} is not free: ${holderText(one)}; cres did not start it`);
	return [what, ...ports].join("\n");
}
