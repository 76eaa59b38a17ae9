import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { leftBy, runs, type ProcessIdentity } from "../services/identity.ts";
import { readRecord, removeRecord } from "../services/record.ts";
import { stopProcess } from "../services/stop.ts";
import type { BackendPlace } from "./place.ts";
import type { BackendPorts } from "./ports.ts";
import { readSpec } from "./supervisor/spec.ts";

export const SUPERVISOR = "supervisor";

/** Whether the supervisor of a backend runs: that very process. @throws UserError service_record_unreadable */
export async function supervisorOf(
	{ processes }: Pick<BackendPorts, "processes">,
	{ directory }: BackendPlace,
): Promise<ProcessIdentity | undefined> {
	const identity = await readRecord({ directory, name: SUPERVISOR });
	return identity && (await runs(processes, identity)) ? identity : undefined;
}

/**
 * What runs of the processes on record: their names, and `children of nginx` where it has ended and left others.
 * @throws UserError service_record_unreadable
 */
export async function running(ports: Pick<BackendPorts, "processes">, { directory }: BackendPlace): Promise<string[]> {
	const found: string[] = [];
	for (const name of await namesIn(directory)) {
		const identity = await readRecord({ directory, name });
		found.push(...(identity ? await runningOf(ports, name, identity) : []));
	}
	return found;
}

async function runningOf(
	{ processes }: Pick<BackendPorts, "processes">,
	name: string,
	identity: ProcessIdentity,
): Promise<string[]> {
	if (await runs(processes, identity)) return [name];
	return (await leftBy(processes, identity)).length > 0 ? [`children of ${name}`] : [];
}

/**
 * Stops every process on record that runs and is ours, with what it has started, and removes the records: those of
 * processes that are gone, or from before a restart of the system, too. `signal` ends the wait. The names of those that
 * ran, as `running` tells them.
 * @throws UserError service_not_stopped, service_record_unreadable, when the others are stopped
 */
export async function stopLeftovers(
	ports: Pick<BackendPorts, "processes" | "clock">,
	{ directory }: BackendPlace,
	graceMs: number,
	signal?: AbortSignal,
): Promise<string[]> {
	const stopOne = (name: string) => stopRecorded(ports, { directory, name }, graceMs, signal);
	const names = await namesIn(directory);
	// The supervisor first: it would start again what ends.
	const first = names.includes(SUPERVISOR) ? await Promise.allSettled([stopOne(SUPERVISOR)]) : [];
	signal?.throwIfAborted();
	const rest = await Promise.allSettled(names.filter((name) => name !== SUPERVISOR).map(stopOne));
	signal?.throwIfAborted();
	await killMarked(ports, directory);
	const all = [...first, ...rest];
	const failed = all.find((one) => one.status === "rejected");
	if (failed) throw failed.reason;
	return all.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
}

/** Stops the process of one record with what it has started, and removes the record. The names of those that ran. */
async function stopRecorded(
	ports: Pick<BackendPorts, "processes" | "clock">,
	place: Parameters<typeof readRecord>[0],
	graceMs: number,
	signal: AbortSignal | undefined,
): Promise<string[]> {
	const identity = await readRecord(place);
	if (!identity) return [];
	const ran = await runningOf(ports, place.name, identity);
	if (ran.length > 0) await stopProcess(ports, identity, graceMs, signal);
	if (identity.mark !== undefined)
		for (const pid of await ports.processes.marked(identity.mark)) ports.processes.kill(pid);
	await removeRecord(place);
	return ran;
}

/** What carries the mark of this backend and has no record: one that could not be written, or that somebody has removed. */
async function killMarked({ processes }: Pick<BackendPorts, "processes">, directory: string): Promise<void> {
	const spec = await readSpec(directory);
	if (!spec) return;
	for (const pid of await processes.marked(`${spec.nonce}/`)) processes.kill(pid);
}

const namesIn = async (directory: string): Promise<string[]> =>
	(await readdir(join(directory, "run")).catch(() => []))
		.filter((file) => file.endsWith(".json"))
		.map((file) => file.slice(0, -".json".length));
