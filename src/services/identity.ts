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
	/** Real user id when it was started; absent where the platform does not tell it. */
	uid: z.int().nonnegative().optional(),
	/** The folder that it was started in; absent where the platform does not tell it. */
	cwd: z.string().optional(),
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
	const { startedAt, uid, cwd } = (await processes.find(pid)) ?? {};
	return {
		...{ pid, program },
		...(startedAt === undefined ? {} : { startedAt }),
		...(mark === undefined ? {} : { mark }),
		...(uid === undefined ? {} : { uid }),
		...(cwd === undefined ? {} : { cwd }),
	};
}

/**
 * Whether that very process runs, and not another one that has its pid now: its mark says so, else, where that cannot
 * be seen, its user. One whose environment can be seen and has no mark, or another one, is none of ours.
 */
export async function runs(processes: Processes, { pid, startedAt, mark, uid }: ProcessIdentity): Promise<boolean> {
	const found = await processes.find(pid);
	if (found?.startedAt === undefined || found.startedAt !== startedAt) return false;
	if (mark !== undefined && found.mark !== undefined) return found.mark === mark;
	return found.uid === undefined || found.uid === uid;
}

/**
 * Pids that a process has left in its group when it ended, as nginx leaves its workers when it is killed. Its pid may
 * have led another group since: what is left has its mark, or hides its environment, and then has its user and its folder.
 */
export async function leftBy(processes: Processes, identity: ProcessIdentity): Promise<number[]> {
	const group = await processes.bereaved(identity.pid);
	const found = await Promise.all(group.map(async (pid) => ({ pid, process: await processes.find(pid) })));
	return found.flatMap(({ pid, process }) => (process !== undefined && isLeft(identity, process) ? [pid] : []));
}

function isLeft({ startedAt, mark, uid, cwd }: ProcessIdentity, found: Found): boolean {
	if (mark === undefined || startedAt === undefined) return false;
	if (bootOf(found.startedAt) !== bootOf(startedAt)) return false;
	if (found.mark !== undefined) return found.mark?.startsWith(mark) ?? false;
	return uid !== undefined && found.uid === uid && cwd !== undefined && found.cwd === cwd;
}

type Found = NonNullable<Awaited<ReturnType<Processes["find"]>>>;

/** Which start of the system a start of a process belongs to (Linux). */
const bootOf = (startedAt: string | undefined): string | undefined => startedAt?.split("/")[0];
