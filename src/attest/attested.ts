import type { SmokeReport } from "../contracts/smoke.ts";
import type { Digest } from "../registry/image-reference.ts";

/** A valid attestation: somebody whom cres.yaml names signed that this very digest passed its smoke test. */
export interface Attested {
	digest: Digest;
	predicateType: string;
	/** Of the key or the identity that signed it: SignedBy. */
	keyId: string;
	/** ISO 8601. */
	signedAt: string;
	/** Milliseconds since the smoke test ended. */
	ageMs: number;
	smoke: SmokeReport;
}

/**
 * The attestation of a digest; with `expired` also one that is older than attest.max_age and valid otherwise.
 * @throws UserError attestation_missing, attestation_invalid, attestation_untrusted, attestation_expired,
 * attestation_failed_smoke, and those of the registry
 */
export type FindAttested = (digest: Digest, options?: { expired?: boolean }) => Promise<Attested>;
