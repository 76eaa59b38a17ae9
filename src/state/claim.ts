import { hostname, userInfo } from "node:os";
import { z } from "zod";
import { codeOf } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import { bootId, textOf, thisMachine } from "./machine.ts";

/** Who asks for a lock, and for what. */
export const claimSchema = z.object({
	/** `user@host` */
	owner: z.string(),
	host: z.string(),
	pid: z.int(),
	/** Where that pid counts, as `thisMachine` tells it: two hosts may have one name. */
	machine: z.string().optional(),
	/** Id of the host's boot, and when the process started in it (clock ticks); Linux only. */
	boot: z.string().optional(),
	started: z.string().optional(),
	purpose: z.string(),
	/** Milliseconds since the epoch. */
	since: z.number(),
});
export type Claim = z.infer<typeof claimSchema>;

/** A claim of this process. */
export function claimOf(purpose: string, clock: Pick<Clock, "now">): Claim {
	const [machine, boot, started] = [thisMachine(), bootId(), processStat(process.pid)?.started];
	return {
		owner: ownerName(),
		host: hostname(),
		pid: process.pid,
		...(machine === undefined ? {} : { machine }),
		...(boot === undefined ? {} : { boot }),
		...(started === undefined ? {} : { started }),
		purpose,
		since: clock.now(),
	};
}

/** `user@host` of this process. */
const ownerName = (): string => `${userName()}@${hostname()}`;

function userName(): string {
	try {
		return userInfo().username;
	} catch {
		return String(process.getuid?.() ?? "somebody"); // a container's user may have no name
	}
}

/**
 * Whether the process of a claim of this very machine still runs. A pid that another process got since does not count,
 * where /proc tells (Linux); elsewhere the pid alone decides. Always true for a claim of another machine, also one of the
 * same name, and of another container: who is gone there is known by the time of its lock alone.
 */
export function mayRun({ host, machine, pid, boot, started }: Claim): boolean {
	if (host !== hostname() || machine !== thisMachine()) return true;
	const now = bootId();
	if (boot !== undefined && now !== undefined && boot !== now) return false;
	if (!pidExists(pid)) return false;
	const stat = processStat(pid);
	if (!stat) return true;
	return stat.runs && (started === undefined || started === stat.started);
}

function pidExists(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return codeOf(error) === "EPERM";
	}
}

/** Fields 3 (state) and 22 (start time) of `/proc/<pid>/stat`, proc(5). The name in field 2 may hold spaces and `)`. */
function processStat(pid: number): { runs: boolean; started: string } | undefined {
	const text = textOf(`/proc/${pid}/stat`);
	const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
	return fields && { runs: !["Z", "X"].includes(fields[0]!), started: fields[19]! };
}
