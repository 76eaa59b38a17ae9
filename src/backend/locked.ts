import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError, hasCode, messageOf } from "../errors/errors.ts";
import { withLock } from "../state/lock.ts";
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
	const { clock, signal } = ports;
	return withLock(join(place.directory, "lock"), (_, ended) => work({ ...ports, signal: ended }), {
		...{ clock, signal, purpose, waitMs: 0 },
		subject: "the backend",
		hint: "wait for that command, then run this one again",
	});
}

/** Whether somebody else has taken the lock: what runs is theirs now. */
export const isLost = ({ signal }: Pick<BackendPorts, "signal">): boolean => hasCode(signal.reason, "lease_lost");

/** Records and logs have to be written before anything is started that nobody could find again. */
async function assertWritable({ directory, logs }: BackendPlace): Promise<void> {
	for (const folder of [directory, logs]) {
		const file = join(folder, ".writable");
		try {
			await mkdir(folder, { recursive: true, mode: 0o700 });
			await using probe = await open(file, "w", 0o600);
			await probe.writeFile("1");
		} catch (cause) {
			throw new UserError("backend_directory_unusable", `${folder} cannot be written: ${messageOf(cause)}`, {
				hint: "free space, or make the folder writable for this user",
				cause,
			});
		} finally {
			await rm(file, { force: true }).catch(() => {});
		}
	}
}
