import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors/errors.ts";
import { appendJsonLine, readJsonLines } from "../system/json-lines.ts";
import { runSpecSchema } from "./run-spec.ts";

/** One line of `.cres/releases/<instance>.jsonl`: what was rolled out, and how it ended. Append-only. */
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
});
export type Release = z.infer<typeof releaseSchema>;

const pathOf = (root: string, instance: string): string => join(root, ".cres", "releases", `${instance}.jsonl`);

/** Oldest first. */
export const readReleases = (root: string, instance: string): Promise<Release[]> =>
	readJsonLines(pathOf(root, instance), releaseSchema);

export const appendRelease = (root: string, release: Release): Promise<void> =>
	appendJsonLine(pathOf(root, release.instance), release);

/** The release that runs according to the records: the last one that went live. */
export const currentRelease = (releases: readonly Release[]): Release | undefined =>
	releases.findLast(({ outcome }) => outcome === "live");

/**
 * The release to go back to: without `wanted` the one before the current release (a repeated release counts as the
 * one it repeats); else the newest live one whose digest, build id or id starts with `wanted`.
 * @throws UserError no_earlier_release, unknown_release (usage), with the choices
 */
export function rollbackTarget(releases: readonly Release[], instance: string, wanted?: string): Release {
	const live = releases.filter(({ outcome }) => outcome === "live");
	if (wanted !== undefined) {
		const names = ({ digest, buildId, id }: Release) => [digest, digest.replace("sha256:", ""), buildId, id];
		const found = live.findLast((release) => names(release).some((name) => name.startsWith(wanted)));
		if (found) return origin(found, live);
		throw new UserError("unknown_release", `${instance} never ran ${wanted}`, {
			hint: choices(live, instance),
		});
	}
	const current = live.at(-1);
	const from = current && live.indexOf(origin(current, live));
	const earlier = live
		.slice(0, from)
		.findLast(
			({ digest, specHash, replays }) => !replays && !(digest === current!.digest && specHash === current!.specHash),
		);
	if (earlier) return earlier;
	throw new UserError("no_earlier_release", `${instance} has no release before the current one`, {
		hint: choices(live, instance),
	});
}

const origin = (release: Release, all: readonly Release[]): Release =>
	all.find(({ id }) => id === release.replays) ?? release;

function choices(live: readonly Release[], instance: string): string {
	const known = [...new Set(live.map(({ buildId, digest }) => `${buildId} (${digest.slice(0, 19)})`))];
	return known.length === 0 ? `cres deploy ${instance}` : `cres rollback ${instance} --to one of: ${known.join(", ")}`;
}
