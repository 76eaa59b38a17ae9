import type { Digest } from "../registry/image-reference.ts";
import { imageMissing, readReferrers } from "../registry/referrers.ts";
import { BUNDLE_TYPE } from "./bundle-schema.ts";
import { openBundle } from "./bundle.ts";
import { judge, type Judged } from "./judge.ts";
import type { AttestPorts } from "./ports.ts";
import { invalid } from "./signed-by.ts";
import { PREDICATE } from "./statement.ts";
import { trustOf } from "./trust.ts";

/** Annotations of an attestation's manifest, named as cosign and actions/attest name them. */
export const ANNOTATION = {
	content: "dev.sigstore.bundle.content",
	predicateType: "dev.sigstore.bundle.predicateType",
	created: "org.opencontainers.image.created",
} as const;

/** A bundle with the list of an image's packages has less, one with a smoke test far less. */
const MOST_BYTES = { any: 12 << 20, smoke: 1 << 20 };

/** What the registry holds about an image. */
export interface Attestations {
	digest: Digest;
	/** The newest first; those that say no time are last. */
	attestations: Judged[];
	/** Listed, but not looked at. */
	left: number;
}

/**
 * The attestations of an image, each with what it is worth.
 * @param wanted predicate type; what is listed as another one is passed by
 * @throws UserError attest_key_invalid, keyless_root_invalid (usage), image_missing, and those of the registry
 */
export async function readAttestations(ports: AttestPorts, digest: Digest, wanted?: string): Promise<Attestations> {
	const { config, clock } = ports;
	const [registry, trust] = await Promise.all([ports.registry(), trustOf(config)]);
	const { repository } = config.image;
	const { found, left } = await readReferrers(registry, repository, digest, BUNDLE_TYPE);
	if (found.length === 0 && !(await registry.manifest(repository, digest)))
		throw imageMissing(registry, repository, digest);
	const asked = { digest, now: clock.now(), maxAge: config.attest.max_age };
	const attestations: Judged[] = [];
	for (const one of found) {
		const claimed = one.manifest.annotations?.[ANNOTATION.predicateType];
		if (wanted !== undefined && claimed !== undefined && claimed !== wanted) continue;
		const most = wanted === PREDICATE.smoke ? MOST_BYTES.smoke : MOST_BYTES.any;
		const opened =
			one.layer.size > most
				? invalid(`has ${one.layer.size} bytes, more than any of ours`)
				: await openBundle(await registry.blob(repository, one.layer.digest), trust);
		attestations.push(judge(one.digest, claimed, opened, asked));
	}
	return { digest, attestations: attestations.toSorted(newestFirst), left };
}

const newestFirst = (one: Judged, other: Judged): number => timeOf(other) - timeOf(one);

const timeOf = ({ signedAt }: Judged): number => (signedAt === null ? 0 : Date.parse(signedAt));
