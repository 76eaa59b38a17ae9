import { z } from "zod";
import type { Processes } from "../system/processes.ts";

export const processIdentity = z.object({
	pid: z.int().positive(),
	/** As the platform tells it; absent where it does not. */
	startedAt: z.string().optional(),
	/** The program as it was started, for people. */
	program: z.string(),
});

/**
 * Which process was started. A pid alone is given to another process sooner or later; pid and start together are not.
 * Without a start a process is nobody's: better one that is left running than a foreign one that is stopped.
 */
export type ProcessIdentity = z.infer<typeof processIdentity>;

/** The identity of a process that was just started. One that has ended already keeps its pid alone. */
export async function identify(processes: Processes, pid: number, program: string): Promise<ProcessIdentity> {
	const startedAt = (await processes.find(pid))?.startedAt;
	return { pid, program, ...(startedAt === undefined ? {} : { startedAt }) };
}

/** Whether that very process runs, and not another one that has its pid now. */
export async function runs(processes: Processes, { pid, startedAt }: ProcessIdentity): Promise<boolean> {
	const found = await processes.find(pid);
	return found?.startedAt !== undefined && found.startedAt === startedAt;
}
