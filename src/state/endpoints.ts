import { join } from "node:path";
import { z } from "zod";
import { HOST } from "../system/hosts.ts";
import { readDocument, writeDocument } from "./document.ts";
import { withLock } from "./lock.ts";
import { appendRecord, readRecords } from "./record-log.ts";

/** Where an instance's sshd answers in one generation of its container, and by what it is known. */
export const endpointSchema = z.object({
	host: z.string().regex(HOST),
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

/** By the name of the instance. */
const fileSchema = z.record(z.string(), endpointSchema);

const pastSchema = z.object({
	/** RFC 3339. */
	at: z.string(),
	instance: z.string(),
	host: z.string(),
	port: z.int(),
	generation: z.int(),
});
export type PastEndpoint = z.infer<typeof pastSchema>;

const pathOf = (state: string): string => join(state, "endpoints.json");
const historyOf = (state: string): string => join(state, "endpoint-history.jsonl");

const readAll = async (state: string): Promise<Record<string, Endpoint>> =>
	(await readDocument(pathOf(state), fileSchema, "cres endpoint discover INSTANCE")) ?? {};

/** Every endpoint that was ever on record for an instance, the present one among them, oldest first. */
export async function endpointHistory(state: string, instance: string): Promise<PastEndpoint[]> {
	const { records } = await readRecords(historyOf(state), pastSchema);
	return records.filter((one) => one.instance === instance);
}

/**
 * The endpoint on record, if any. A fresh generation replaces it.
 * @throws UserError state_unreadable
 */
export const recordedEndpoint = async (state: string, instance: string): Promise<Endpoint | undefined> =>
	(await readAll(state))[instance];

/**
 * Replaces the record of one instance, other processes' records kept, and adds a new address to the history.
 * @throws UserError state_unreadable, lease_held (busy) when another process keeps the records locked
 */
export async function recordEndpoint(state: string, instance: string, endpoint: Endpoint): Promise<void> {
	const path = pathOf(state);
	await withLock(`${path}.lock`, async () => {
		const all = { ...(await readAll(state)), [instance]: endpoint };
		await addToHistory(state, instance, endpoint);
		await writeDocument(path, all);
	});
}

/**
 * Takes away the record of one instance; the history keeps it. False when there is none.
 * @throws UserError state_unreadable, lease_held (busy) when another process keeps the records locked
 */
export async function forgetEndpoint(state: string, instance: string): Promise<boolean> {
	if ((await recordedEndpoint(state, instance)) === undefined) return false;
	const path = pathOf(state);
	await withLock(`${path}.lock`, async () => {
		const { [instance]: _gone, ...others } = await readAll(state);
		await writeDocument(path, others);
	});
	return true;
}

async function addToHistory(state: string, instance: string, endpoint: Endpoint): Promise<void> {
	const { host, port, generation, since: at } = endpoint;
	const last = (await endpointHistory(state, instance)).at(-1);
	if (last?.host === host && last.port === port && last.generation === generation) return;
	await appendRecord(historyOf(state), { at, instance, host, port, generation } satisfies PastEndpoint);
}
