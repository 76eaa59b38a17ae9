import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors/errors.ts";
import { writeDurably } from "../system/durable-files.ts";
import { readTextIfExists, removeStale } from "../system/files.ts";
import type { Processes } from "../system/processes.ts";
import { identify, processIdentity, type ProcessIdentity } from "./identity.ts";

const serviceRecord = processIdentity.extend({ version: z.literal(1) });

/** Where a service's files lie: `run/NAME.json` and `log/NAME.log` below one directory. */
export interface ServicePlace {
	/** A file name: lower-case letters, digits, dashes. */
	name: string;
	/** Absolute. */
	directory: string;
}

const recordFile = ({ directory, name }: ServicePlace): string => join(directory, "run", `${name}.json`);
/** Where the output of a service goes. */
export const logFile = ({ directory, name }: ServicePlace): string => join(directory, "log", `${name}.log`);

/** The process that was started last; undefined when none is on record. @throws UserError service_record_unreadable */
export async function readRecord(place: ServicePlace): Promise<ProcessIdentity | undefined> {
	const text = await readTextIfExists(recordFile(place));
	if (text === undefined) return undefined;
	try {
		return serviceRecord.parse(JSON.parse(text));
	} catch (cause) {
		throw new UserError("service_record_unreadable", `${recordFile(place)} is not a service record: ${text}`, {
			hint: `end the process that it names, if it runs, and remove the file`,
			cause,
		});
	}
}

/** Records the process of a service in one durable step. */
export const writeRecord = (place: ServicePlace, identity: ProcessIdentity): Promise<void> =>
	writeDurably(recordFile(place), `${JSON.stringify({ version: 1, ...identity })}\n`, { mode: 0o600 });

/** A process that this one has just started. */
export interface StartedProcess {
	pid: number;
	program: string;
	mark: string;
}

/** Puts a process on record; one that cannot be is ended, for nobody would know whose it is. @throws what went wrong */
export async function putOnRecord(
	processes: Processes,
	place: ServicePlace,
	{ pid, program, mark }: StartedProcess,
): Promise<ProcessIdentity> {
	try {
		const identity = await identify(processes, pid, program, mark);
		await writeRecord(place, identity);
		return identity;
	} catch (error) {
		processes.kill(pid);
		throw error;
	}
}

/** Of a process that is gone. */
export const removeRecord = (place: ServicePlace): Promise<void> => removeStale(recordFile(place));
