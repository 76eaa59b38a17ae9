import { UserError } from "../errors/errors.ts";
import { digestOf, type Digest } from "../registry/image-reference.ts";
import type { Attested } from "./attested.ts";
import type { AttestFault, Judged } from "./judge.ts";
import type { AttestPorts } from "./ports.ts";
import { readAttestations } from "./read.ts";
import { PREDICATE } from "./statement.ts";

/** An attestation that counts, and what else there is. */
export interface VerifiedSmoke extends Attested {
	/** Of its manifest in the registry. */
	attestation: Digest;
	/** The key or the identity as cres.yaml calls it. */
	key: string;
	/** What else claims to be an attested smoke test of this image and does not count, one line each. */
	passedBy: string[];
}

/** Others that a message names. */
const MOST_TOLD = 3;

/**
 * The newest smoke test that somebody whom cres.yaml names has attested for an image. It counts also when it failed or is too old:
 * an older one does not stand in for it.
 * @param options `expired`: it may be older than attest.max_age
 * @throws UserError attestation_missing, attestation_invalid, attestation_untrusted, attestation_expired,
 * attestation_failed_smoke, attest_key_invalid, keyless_root_invalid, invalid_digest, and those of the registry
 */
export async function verifySmoke(
	ports: AttestPorts,
	image: string,
	{ expired = false }: { expired?: boolean } = {},
): Promise<VerifiedSmoke> {
	const digest = digestOf(image);
	const { attestations, left } = await readAttestations(ports, digest, PREDICATE.smoke);
	const claimants = attestations.filter(({ kind, verdict }) => kind === "smoke" || verdict !== "ok");
	const counts = claimants.find(({ smoke }) => smoke !== null);
	const passedBy = claimants.filter((one) => one !== counts && one.verdict !== "ok").map(lineOf);
	const taken = counts?.verdict === "ok" || (expired && counts?.verdict === "attestation_expired");
	if (!counts || !taken) throw refusal(digest, counts ?? claimants[0], passedBy, left);
	return {
		...{ digest, predicateType: PREDICATE.smoke, attestation: counts.attestation },
		...{ key: counts.key!, keyId: counts.keyId!, signedAt: counts.signedAt! },
		...{ ageMs: counts.ageMs!, smoke: counts.smoke!, passedBy },
	};
}

const lineOf = ({ attestation, reason }: Judged): string => `${attestation} ${reason}`;

function refusal(digest: Digest, worst: Judged | undefined, others: readonly string[], left: number): UserError {
	const again = `cres smoke ${digest}`;
	if (!worst || worst.verdict === "ok")
		return new UserError("attestation_missing", `no smoke test of ${digest} is attested${unread(left)}`, {
			hint: again,
		});
	const told = others.filter((line) => line !== lineOf(worst));
	const more = told.length > MOST_TOLD ? [`and ${told.length - MOST_TOLD} more: cres attest show ${digest}`] : [];
	const lines = [`${digest}: the attestation ${lineOf(worst)}${unread(left)}`, ...told.slice(0, MOST_TOLD), ...more];
	return RAISED[worst.verdict](lines.join("\n"), again, digest);
}

const unread = (left: number): string => (left > 0 ? ` (${left} older ones were not looked at)` : "");

const RAISED: Record<AttestFault, (message: string, again: string, digest: string) => UserError> = {
	attestation_invalid: (message, again) => new UserError("attestation_invalid", message, { hint: again }),
	attestation_expired: (message, again) => new UserError("attestation_expired", message, { hint: again }),
	attestation_untrusted: (message, again) =>
		new UserError("attestation_untrusted", message, {
			hint: `if it is yours, name its key under attest.keys, or its workflow under attest.keyless.identities, in cres.yaml; else ${again}`,
		}),
	attestation_failed_smoke: (message, again, digest) =>
		new UserError("attestation_failed_smoke", message, {
			hint: `cres attest show ${digest} tells which rung failed; then ${again}`,
		}),
};
