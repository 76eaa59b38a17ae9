import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError, messageOf } from "../errors/errors.ts";
import { claimOf } from "../state/claim.ts";
import { takeLock } from "../state/lock.ts";
import type { BackendPlace } from "./place.ts";
import type { BackendPorts } from "./ports.ts";

/** Does `work` while no other command changes this backend. @throws UserError lease_held (busy), backend_directory_unusable */
export async function locked<T>(
	{ clock }: Pick<BackendPorts, "clock">,
	place: BackendPlace,
	purpose: string,
	work: () => Promise<T>,
): Promise<T> {
	await assertWritable(place);
	const options = {
		clock,
		subject: "the backend",
		hint: "wait for that command, then run this one again",
		durable: false,
	};
	const lock = await takeLock(join(place.directory, "lock"), claimOf(purpose, clock), options);
	try {
		return await work();
	} finally {
		await lock.release();
	}
}

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
