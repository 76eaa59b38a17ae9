import { join } from "node:path";
import { z } from "zod";
import { readDocument, writeDocument } from "./document.ts";
import { withLock } from "./lock.ts";

const pinSchema = z.object({
	/** `SHA256:…` */
	fingerprint: z.string(),
	/** `ssh-ed25519`, …; pins of before it was kept have none. */
	type: z.string().optional(),
	/** Address at which it was pinned. */
	endpoint: z.string(),
	/** RFC 3339. */
	pinnedAt: z.string(),
});
export type HostKeyPin = z.infer<typeof pinSchema>;

/** By the name of the instance. */
const fileSchema = z.record(z.string(), pinSchema);

const pathOf = (state: string): string => join(state, "host-keys.json");

const readPins = async (state: string): Promise<Record<string, HostKeyPin>> =>
	(await readDocument(pathOf(state), fileSchema, "cres instance adopt INSTANCE")) ?? {};

/**
 * The host key that was accepted for an instance, if any.
 * @throws UserError state_unreadable
 */
export const pinnedHostKey = async (state: string, instance: string): Promise<HostKeyPin | undefined> =>
	(await readPins(state))[instance];

/**
 * Forgets the host key of an instance. False when none was pinned.
 * @throws UserError state_unreadable, lease_held (busy) when another process keeps the pins locked
 */
export async function unpinHostKey(state: string, instance: string): Promise<boolean> {
	if ((await pinnedHostKey(state, instance)) === undefined) return false;
	const path = pathOf(state);
	await withLock(`${path}.lock`, async () => {
		const { [instance]: _gone, ...others } = await readPins(state);
		await writeDocument(path, others);
	});
	return true;
}

/**
 * Accepts a host key, other processes' pins kept.
 * @throws UserError state_unreadable, lease_held (busy) when another process keeps the pins locked
 */
export async function pinHostKey(state: string, instance: string, pin: HostKeyPin): Promise<void> {
	const path = pathOf(state);
	await withLock(`${path}.lock`, async () => {
		await writeDocument(path, { ...(await readPins(state)), [instance]: pin });
	});
}
