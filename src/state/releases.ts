import { join } from "node:path";
import { z } from "zod";
import { ROLES } from "../contracts/queues.ts";
import { appendRecord, readLastRecords, readRecords } from "./record-log.ts";

/** Everything about a container but its image: what a release record keeps and a rollback replays. */
export const runSpecSchema = z.object({
	env: z.record(z.string(), z.string()),
	/** Name → fingerprint of the value; the value itself is never recorded. */
	secrets: z.record(z.string(), z.string()),
	roles: z.array(z.enum(ROLES)),
	memoryMb: z.number().optional(),
	gpu: z.boolean(),
});
export type RunSpec = z.infer<typeof runSpecSchema>;

/** One line of `releases/<instance>.jsonl`: what was rolled out, and how it ended. Append-only. */
const releaseSchema = z.object({
	/** Id of the rollout. */
	id: z.string(),
	instance: z.string(),
	/** RFC 3339 time of the outcome. */
	at: z.string(),
	/** `host/repository@sha256:…` as the instance pulls it. */
	image: z.string(),
	digest: z.string(),
	buildId: z.string(),
	generation: z.int(),
	spec: runSpecSchema,
	specHash: z.string(),
	outcome: z.enum(["live", "rolled-back"]),
	/** Id of the release that this one repeats: set by `cres rollback`. */
	replays: z.string().optional(),
	durationMs: z.number(),
	/** `user@host` that rolled it out. */
	by: z.string().optional(),
	/** Fencing token of the lease under which it was rolled out. */
	fence: z.int().optional(),
	/** The channel that it was asked for by. */
	channel: z.string().optional(),
	/** Code of what its attestation lacked: it was rolled out with --allow-unattested. */
	unattested: z.string().optional(),
});
export type Release = z.infer<typeof releaseSchema>;

const pathOf = (state: string, instance: string): string => join(state, "releases", `${instance}.jsonl`);

/** Oldest first. */
export const readReleases = async (state: string, instance: string): Promise<Release[]> =>
	(await readRecords(pathOf(state, instance), releaseSchema)).records;

/** Well over a hundred releases. */
const RECENT_BYTES = 128 * 1024;

/** The newest releases, oldest first: all, or a hundred and more with one among them that went live. */
export async function readRecentReleases(state: string, instance: string): Promise<Release[]> {
	const { records, whole } = await readLastRecords(pathOf(state, instance), releaseSchema, RECENT_BYTES);
	return whole || currentRelease(records) ? records : readReleases(state, instance);
}

/** Adds a release; it is on disk when this returns. */
export const appendRelease = (state: string, release: Release): Promise<void> =>
	appendRecord(pathOf(state, release.instance), release);

/** The release that runs according to the records: the last one that went live. */
export const currentRelease = (releases: readonly Release[]): Release | undefined =>
	releases.findLast(({ outcome }) => outcome === "live");
