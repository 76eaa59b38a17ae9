import { z } from "zod";
import type { Processes } from "../system/processes.ts";

export const processIdentity = z.object({
	pid: z.int().positive(),
	/** As the platform tells it; absent where it does not. */
	startedAt: z.string().optional(),
	/** The program as it was started, for people. */
	program: z.string(),
	/** What was put into its environment to know it by (MARK). */
	mark: z.string().min(16, "a mark this short begins the marks of others").optional(),
});

/**
 * Which process was started. A pid alone is given to another process sooner or later; pid and start together are not.
 * Without a start a process is nobody's: better one that is left running than a foreign one that is stopped.
 */
export type ProcessIdentity = z.infer<typeof processIdentity>;

/** The identity of a process that was just started. One that has ended already keeps its pid alone. */
export async function identify(
	processes: Processes,
	pid: number,
	program: string,
	mark?: string,
): Promise<ProcessIdentity> {
	const startedAt = (await processes.find(pid))?.startedAt;
	return { pid, program, ...(startedAt === undefined ? {} : { startedAt }), ...(mark === undefined ? {} : { mark }) };
}

/**
 * Whether that very process runs, and not another one that has its pid now. Programs may overwrite their environment,
 * as nginx does: only another mark speaks against a process.
 */
export async function runs(processes: Processes, { pid, startedAt, mark }: ProcessIdentity): Promise<boolean> {
	const found = await processes.find(pid);
	if (found?.startedAt === undefined || found.startedAt !== startedAt) return false;
	return mark === undefined || found.mark === undefined || found.mark === mark;
}
