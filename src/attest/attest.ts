import type { SmokeReport } from "../contracts/smoke.ts";
import { UserError } from "../errors/errors.ts";
import { digestOf, type Digest } from "../registry/image-reference.ts";
import { attach } from "../registry/referrers.ts";
import { pausing } from "../system/retry.ts";
import { BUNDLE_TYPE } from "./bundle-schema.ts";
import type { AttestPorts } from "./ports.ts";
import { ANNOTATION } from "./read.ts";
import { openSigner, unsignedBecause } from "./signer.ts";
import { PREDICATE, statementOf } from "./statement.ts";

/** An attestation that was written. */
export interface Written {
	/** The image that it is for. */
	digest: Digest;
	/** Who has signed: SignedBy. */
	keyId: string;
	/** Of its manifest in the registry. */
	manifest: Digest;
}

/** Attests a smoke test; undefined, and nothing written, of one that failed or where nobody signs. @throws UserError those of attestSmoke */
export const attestPassed = async (ports: AttestPorts, report: SmokeReport): Promise<Written | undefined> =>
	report.ok && !unsignedBecause(ports.config) ? attestSmoke(ports, report) : undefined;

/**
 * Signs the report of a smoke test that passed and attaches it to its image.
 * @throws UserError attestation_failed_smoke for another one, and those of attestAs
 */
export async function attestSmoke(ports: AttestPorts, report: SmokeReport): Promise<Written> {
	if (!report.ok)
		throw new UserError(
			"attestation_failed_smoke",
			`the smoke test of ${report.digest} failed, so it is not attested`,
			{
				hint: `correct what failed, then cres smoke ${report.digest}`,
			},
		);
	const signedAt = new Date(ports.clock.now()).toISOString();
	return attestAs(ports, digestOf(report.digest), "smoke", { ...report, signedAt });
}

/**
 * Signs one predicate about an image and attaches it.
 * @throws UserError image_missing, referrers_contended, those of openSigner, of Signer.sign, and of the registry
 */
export async function attestAs(
	ports: AttestPorts,
	digest: Digest,
	kind: keyof typeof PREDICATE,
	predicate: unknown,
): Promise<Written> {
	const { config, clock, signal } = ports;
	const { repository } = config.image;
	const signer = await openSigner(ports);
	const bytes = await signer.sign(statementOf(repository, digest, kind, predicate));
	const annotations = {
		[ANNOTATION.content]: "dsse-envelope",
		[ANNOTATION.predicateType]: PREDICATE[kind],
		[ANNOTATION.created]: new Date(clock.now()).toISOString(),
	};
	const artifact = { type: BUNDLE_TYPE, bytes, annotations };
	const manifest = await attach(await ports.registry(), repository, digest, artifact, pausing(signal));
	return { digest, keyId: signer.id, manifest };
}
