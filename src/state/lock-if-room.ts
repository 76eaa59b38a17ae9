import { codeOf } from "../errors/errors.ts";
import { withLock, type WorkOptions } from "./lock.ts";

/** A disk that takes nothing more: full, beyond its quota, read-only. */
const NO_ROOM: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS"]);

interface RoomOptions extends WorkOptions {
	signal: AbortSignal;
	/** Told why the work goes on without the lock. */
	onNoRoom: (why: string) => void;
}

/**
 * Does `work` under a lock, and without one where the disk takes no lock: for what must be possible then too, such as a
 * stop. A lock that another process holds is seen on such a disk, and waited for.
 * @throws UserError as withLock does, and what `work` throws
 */
export async function withLockIfRoom<T>(
	path: string,
	work: (signal: AbortSignal) => Promise<T>,
	{ onNoRoom, ...options }: RoomOptions,
): Promise<T> {
	let hasBegun = false;
	try {
		return await withLock(
			path,
			(_, signal) => {
				hasBegun = true;
				return work(signal);
			},
			options,
		);
	} catch (error) {
		const code = codeOf(error) ?? "";
		if (hasBegun || !NO_ROOM.has(code)) throw error;
		onNoRoom(`${path} cannot be written (${code})`);
		return work(options.signal);
	}
}
