import type { Attested } from "../attest/attested.ts";
import { hasCode } from "../errors/errors.ts";
import type { Digest } from "../registry/image-reference.ts";
import { readPromotions } from "../state/promotions.ts";
import type { PromotionPorts } from "./ports.ts";

/** One image for one channel. */
interface Candidate {
	channel: string;
	digest: Digest;
	/** What the channel resolves to. */
	standing: Promise<{ digest: Digest } | undefined>;
}

/**
 * The valid attestation of an image. An expired one counts for the image from which the promotion that stands was made:
 * undoing a promotion must not wait for a smoke test.
 * @throws UserError those of FindAttested
 */
export async function attestedFor(ports: PromotionPorts, candidate: Candidate): Promise<Attested> {
	const { attested, progress } = ports;
	const { channel, digest } = candidate;
	try {
		return await attested(digest);
	} catch (error) {
		if (!hasCode(error, "attestation_expired") || !(await goesBack(ports, candidate))) throw error;
		const expired = await attested(digest, { expired: true });
		progress.note(`the attestation of ${digest} has expired; it counts, because ${channel} goes back to that image`);
		return expired;
	}
}

/** Whether the records of this machine name the image as what the channel resolved to before the promotion that stands. */
async function goesBack({ config }: PromotionPorts, { channel, digest, standing }: Candidate): Promise<boolean> {
	const stands = await standing.catch(() => undefined); // it is told by who asked for it
	const newest = (await readPromotions(config.state)).findLast(
		(one) =>
			one.channel === channel &&
			one.repository === config.image.repository &&
			(one.outcome === "promoted" || one.outcome === "interrupted"),
	);
	return newest !== undefined && newest.to === stands?.digest && newest.from === digest;
}
