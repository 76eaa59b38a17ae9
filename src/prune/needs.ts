import type { Digest } from "../registry/image-reference.ts";
import type { RecordedPromotion } from "../state/promotions.ts";
import type { Release } from "../state/releases.ts";

/** Why digests are needed, each with its reasons in the order in which they were found. */
export class Needs {
	readonly #reasons = new Map<string, string[]>();

	add(digest: string | null | undefined, reason: string): void {
		if (!digest) return;
		const known = this.#reasons.get(digest) ?? [];
		if (!known.includes(reason)) this.#reasons.set(digest, [...known, reason]);
	}

	of(digest: string): readonly string[] {
		return this.#reasons.get(digest) ?? [];
	}
}

/** What the records of this machine say. */
export interface Records {
	/** Instance of cres.yaml → its releases, oldest first. */
	releases: ReadonlyMap<string, readonly Release[]>;
	/** Of all channels, oldest first. */
	promotions: readonly RecordedPromotion[];
	/** What was pushed last from here, of each flavour. */
	builds: readonly { digest: string; buildId: string }[];
}

/** Digest → build id of every image of the repository that the records name. */
export function namedDigests({ releases, promotions, builds }: Records, repository: string): Map<Digest, string> {
	const deployed = [...releases.values()].flat().filter(({ image }) => repositoryOf(image) === repository);
	const promoted = promotionsIn(promotions, repository);
	return new Map([
		...deployed.map(({ digest, buildId }) => [digest as Digest, buildId] as const),
		...promoted.map(({ to, buildId }) => [to as Digest, buildId] as const),
		...builds.map(({ digest, buildId }) => [digest as Digest, buildId] as const),
	]);
}

/** Of `host/repository@digest` and, at Vast, `host/repository:tag`. */
const repositoryOf = (image: string): string =>
	image
		.replace(/^[^/]+\//, "")
		.replace(/@.*$/, "")
		.replace(/:[^/:]*$/, "");

/** The newest `count` different values, newest first. @param values oldest first */
const newest = (values: readonly string[], count: number): string[] =>
	[...new Set(values.toReversed())].slice(0, count);

const promotionsIn = (promotions: Records["promotions"], repository: string) =>
	promotions.filter((one) => one.repository === repository);

/** What the last `keep` releases of each instance, the last `keep` promotions of each channel of the repository and the last builds need. */
export function recordedNeeds(
	needs: Needs,
	{ releases, promotions, builds }: Records,
	{ keep, repository }: { keep: number; repository: string },
): void {
	for (const [instance, history] of releases) {
		const live = history.filter(({ outcome }) => outcome === "live").map(({ digest }) => digest);
		for (const digest of newest(live, keep)) needs.add(digest, `release of ${instance}`);
	}
	const moved = promotionsIn(promotions, repository).filter(({ outcome }) => outcome !== "failed");
	for (const [channel, of] of Map.groupBy(moved, (one) => one.channel))
		for (const digest of newest(
			of.flatMap(({ from, to }) => [from ?? to, to]),
			keep,
		))
			needs.add(digest, `promoted to ${channel}`);
	for (const { digest } of builds) needs.add(digest, "pushed last from here");
}

/** Digests of releases that went live somewhere. */
export const releasedDigests = ({ releases }: Records): Set<string> =>
	new Set([...releases.values()].flat().flatMap(({ outcome, digest }) => (outcome === "live" ? [digest] : [])));
