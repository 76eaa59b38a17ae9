import { createHash } from "node:crypto";
import { readFileSync, readlinkSync, statSync } from "node:fs";
import { homedir } from "node:os";

/** What tells a machine, and the processes that it counts together, from others; undefined where it is not there. */
export interface Traces {
	/** The space of process ids, pid_namespaces(7): `pid:[4026531836]`. */
	space: string | undefined;
	/** machine-id(5). */
	machine: string | undefined;
	/** Id of this boot, random(4). */
	boot: string | undefined;
	/** Number and birth of the user's folder. */
	home: string | undefined;
}

/** The space of those that run in no container: PROC_PID_INIT_INO of Linux. */
const INITIAL = `pid:[${0xef_ff_ff_fc}]`;

/**
 * 16 hex digits that two processes share when a pid means the same to both; undefined when nobody can tell. In a
 * container the machine-id may be its image's, so there the boot of the kernel counts. Hashed: machine-id(5) is not to
 * be shown to others.
 */
export function machineOf({ space, machine, boot, home }: Traces): string | undefined {
	const own = space === INITIAL && /^[0-9a-f]{32}$/.test(machine ?? "") ? machine : undefined;
	const id = own ?? boot ?? home;
	if (id === undefined) return undefined;
	return createHash("sha256")
		.update(JSON.stringify(["cres", id, space]))
		.digest("hex")
		.slice(0, 16);
}

/** That of this process. */
export const thisMachine = (): string | undefined => machineOf(tracesHere());

/**
 * What tells this machine, its boot and its process ids from others; undefined members where the system has no such
 * file.
 */
export const tracesHere = (): Traces => ({
	space: tried(() => readlinkSync("/proc/self/ns/pid")),
	machine: textOf("/etc/machine-id")?.trim(),
	boot: bootId(),
	home: tried(homeBirth),
});

/** Linux only. */
export const bootId = (): string | undefined => textOf("/proc/sys/kernel/random/boot_id")?.trim();

/** The text of a file of the system; undefined where it cannot be read. */
export const textOf = (path: string): string | undefined => tried(() => readFileSync(path, "utf8"));

function homeBirth(): string {
	const { ino, birthtimeNs } = statSync(homedir(), { bigint: true });
	return `${ino}/${birthtimeNs}`;
}

function tried(read: () => string): string | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}
