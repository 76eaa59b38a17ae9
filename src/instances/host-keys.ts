import { join } from "node:path";
import { z } from "zod";
import { readTextIfExists, writeTextAtomic } from "../system/files.ts";

const pinSchema = z.object({
	/** `SHA256:…` */
	fingerprint: z.string(),
	/** Address at which it was pinned. */
	endpoint: z.string(),
	/** RFC 3339. */
	pinnedAt: z.string(),
});
export type HostKeyPin = z.infer<typeof pinSchema>;

const fileSchema = z.record(z.string(), pinSchema);

const pathOf = (root: string): string => join(root, ".cres", "host-keys.json");

async function readPins(root: string): Promise<Record<string, HostKeyPin>> {
	const text = await readTextIfExists(pathOf(root));
	return text === undefined ? {} : fileSchema.parse(JSON.parse(text));
}

/** The host key that was accepted for an instance, if any. */
export const pinnedHostKey = async (root: string, instance: string): Promise<HostKeyPin | undefined> =>
	(await readPins(root))[instance];

export async function pinHostKey(root: string, instance: string, pin: HostKeyPin): Promise<void> {
	const pins = { ...(await readPins(root)), [instance]: pin };
	await writeTextAtomic(pathOf(root), `${JSON.stringify(pins, null, 2)}\n`, 0o600);
}
