import type { Attested } from "../attest/attested.ts";
import { signerText } from "../attest/signed-by.ts";
import { UserError } from "../errors/errors.ts";
import type { ReleaseImage } from "../registry/release-image.ts";
import type { RolloutPorts } from "./ports.ts";
import type { WantedRelease } from "./wanted.ts";

/** The channel that a rollout was asked for by, and how its image is attested. */
export interface ChannelGate {
	name: string;
	/** Null where it is rolled out without one. */
	attestation: Pick<Attested, "keyId" | "signedAt" | "predicateType"> | null;
	/** Why it has no valid attestation: set only with --allow-unattested. */
	unattested: { code: string; message: string } | null;
}

/**
 * A channel brings attested images only, unless the operator allows another one. Null where no channel was asked for.
 * @throws UserError unattested_image, and those of the registry
 */
export async function assertAttested(
	{ attested, progress }: RolloutPorts,
	{ channel }: WantedRelease,
	image: Promise<ReleaseImage>,
): Promise<ChannelGate | null> {
	if (!channel) return null;
	const { name, allowUnattested } = channel;
	const { digest, buildId } = await image;
	try {
		const { keyId, signedAt, predicateType } = await attested(digest);
		return { name, attestation: { keyId, signedAt, predicateType }, unattested: null };
	} catch (error) {
		if (!(error instanceof UserError) || !error.code.startsWith("attestation_")) throw error;
		const { code, message } = error;
		if (!allowUnattested) throw unattested(name, buildId, error);
		progress.note(`${buildId} of ${name} is rolled out without a valid attestation: ${message}`);
		return { name, attestation: null, unattested: { code, message } };
	}
}

const unattested = (channel: string, buildId: string, { message, hint }: UserError) =>
	new UserError("unattested_image", `${channel} resolves to ${buildId}, which has no valid attestation: ${message}`, {
		hint: `${hint === undefined ? "" : `${hint}; or, `}at your own risk, add --allow-unattested`,
	});

/** The same as one line for people. @param quote how names are set off */
export function gateText({ name, attestation, unattested: why }: ChannelGate, quote = (text: string) => text): string {
	if (attestation)
		return `channel ${quote(name)}, attested by ${signerText(attestation.keyId, quote)} at ${attestation.signedAt}`;
	return `channel ${quote(name)}, not attested (${quote("--allow-unattested")}): ${why?.message ?? "unknown"}`;
}
