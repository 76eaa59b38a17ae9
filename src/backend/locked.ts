import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError, codeOf, hasCode, messageOf } from "../errors/errors.ts";
import { withLockIfRoom } from "../state/lock-if-room.ts";
import { withLock } from "../state/lock.ts";
import { makeFolder } from "../system/files.ts";
import type { BackendPlace } from "./place.ts";
import type { BackendPorts } from "./ports.ts";

/**
 * Does `work` while no other command changes this backend; the signal of its ports ends with the lock, too.
 * @throws UserError lease_held, lease_lost (busy), backend_directory_unusable
 */
export async function locked<T>(
	ports: BackendPorts,
	place: BackendPlace,
	purpose: string,
	work: (held: BackendPorts) => Promise<T>,
): Promise<T> {
	await assertWritable(place);
	return withLock(lockOf(place), (_, signal) => work({ ...ports, signal }), optionsOf(ports, purpose));
}

/** The same for what needs no room on the disk: its logs may be what has filled it. */
export const lockedIfRoom = <T>(
	ports: BackendPorts,
	place: BackendPlace,
	purpose: string,
	work: (held: BackendPorts) => Promise<T>,
): Promise<T> =>
	withLockIfRoom(lockOf(place), (signal) => work({ ...ports, signal }), {
		...optionsOf(ports, purpose),
		onNoRoom: (why) => ports.progress.note(`${why}; the ${purpose} goes on without the lock of the backend`),
	});

const lockOf = ({ directory }: BackendPlace): string => join(directory, "lock");

const optionsOf = ({ clock, signal }: BackendPorts, purpose: string) => ({
	...{ clock, signal, purpose, waitMs: 0 },
	subject: "the backend",
	hint: "wait for that command, then run this one again",
});

/** Whether somebody else has taken the lock: what runs is theirs now. */
export const isLost = ({ signal }: Pick<BackendPorts, "signal">): boolean => hasCode(signal.reason, "lease_lost");

const FREE = "free space; cres backend logs clean empties its logs";
const HINTS: Readonly<Record<string, string>> = {
	ENOSPC: FREE,
	EDQUOT: FREE,
	EROFS: "make its file system writable",
	ENOTDIR: "remove what lies in its place",
	EEXIST: "remove what lies in its place",
};

/** Records and logs have to be written before anything is started that nobody could find again. */
async function assertWritable({ directory, logs }: BackendPlace): Promise<void> {
	for (const folder of [directory, logs]) {
		const file = join(folder, ".writable");
		try {
			await makeFolder(folder, 0o700);
			await using probe = await open(file, "w", 0o600);
			await probe.writeFile("1");
		} catch (cause) {
			throw new UserError("backend_directory_unusable", `${folder} cannot be written: ${messageOf(cause)}`, {
				hint: HINTS[codeOf(cause) ?? ""] ?? "make the folder writable for this user",
				cause,
			});
		} finally {
			await rm(file, { force: true }).catch(() => {});
		}
	}
}
