import type { ReleaseImage } from "../registry/release-image.ts";
import type { Release, RunSpec } from "../state/releases.ts";

/** What is asked for: an image of our repository and, for a rollback, the run spec of then. */
export interface WantedRelease {
	/** `sha256:…` or a tag in the app image's repository. */
	reference: string;
	spec?: RunSpec;
	/** The channel that the reference is of; its image has to be attested unless another one is allowed. */
	channel?: { name: string; allowUnattested: boolean };
}

/** The release that a rollout brings, known in full. */
export interface NextRelease {
	image: ReleaseImage;
	/** The image as the instance pulls it; recorded with the release. */
	reference: string;
	spec: RunSpec;
	specHash: string;
}

/** A release on record is this one: the same digest with the same run spec. */
export const isSameRelease = ({ digest, specHash }: Release, { image, ...next }: NextRelease): boolean =>
	digest === image.digest && specHash === next.specHash;
