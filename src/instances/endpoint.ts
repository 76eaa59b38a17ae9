import { join } from "node:path";
import { z } from "zod";
import { readTextIfExists, withFileLock, writeTextAtomic } from "../system/files.ts";
import { appendJsonLine, readJsonLines } from "../system/json-lines.ts";

/** Where an instance's sshd answers in one generation of its container, and by what it is known. */
export const endpointSchema = z.object({
	host: z.string(),
	port: z.int(),
	/** `direct`: a port of the host; `proxy`: Vast's gateway. */
	via: z.enum(["direct", "proxy"]),
	/** Number of the container's life on the instance, counted from 1. */
	generation: z.int(),
	/** Contract of the platform. */
	contract: z.int(),
	/** Host key, `SHA256:…`. */
	fingerprint: z.string(),
	/** `log`: the container printed it into the instance's log. `first-use`: taken as it was shown. */
	verifiedBy: z.enum(["log", "first-use"]),
	/** RFC 3339. */
	since: z.string(),
});
export type Endpoint = z.infer<typeof endpointSchema>;

const fileSchema = z.record(z.string(), endpointSchema);

const pathOf = (root: string): string => join(root, ".cres", "endpoints.json");

const pastSchema = z.object({
	/** RFC 3339. */
	at: z.string(),
	instance: z.string(),
	host: z.string(),
	port: z.int(),
	generation: z.int(),
});
type PastEndpoint = z.infer<typeof pastSchema>;

const historyOf = (root: string): string => join(root, ".cres", "endpoint-history.jsonl");

/** Every endpoint that was ever on record for an instance, the present one among them, oldest first. */
export async function endpointHistory(root: string, instance: string): Promise<PastEndpoint[]> {
	const all = await readJsonLines(historyOf(root), pastSchema);
	return all.filter((one) => one.instance === instance);
}

async function readAll(root: string): Promise<Record<string, Endpoint>> {
	const text = await readTextIfExists(pathOf(root));
	return text === undefined ? {} : fileSchema.parse(JSON.parse(text));
}

/** The endpoint on record, if any. A fresh generation replaces it. */
export const recordedEndpoint = async (root: string, instance: string): Promise<Endpoint | undefined> =>
	(await readAll(root))[instance];

/** Replaces the record of one instance, other processes' records kept, and adds a new address to the history. */
export async function recordEndpoint(root: string, instance: string, endpoint: Endpoint): Promise<void> {
	const path = pathOf(root);
	await withFileLock(`${path}.lock`, async () => {
		await remember(root, instance, endpoint);
		const all = { ...(await readAll(root)), [instance]: endpoint };
		await writeTextAtomic(path, `${JSON.stringify(all, null, 2)}\n`, 0o600);
	});
}

async function remember(root: string, instance: string, endpoint: Endpoint): Promise<void> {
	const { host, port, generation, since: at } = endpoint;
	const last = (await endpointHistory(root, instance)).at(-1);
	if (last?.host === host && last.port === port && last.generation === generation) return;
	await appendJsonLine(historyOf(root), { at, instance, host, port, generation } satisfies PastEndpoint);
}
