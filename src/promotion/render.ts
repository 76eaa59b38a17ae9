import { signerText } from "../attest/signed-by.ts";
import { UNSURE } from "./record.ts";
import type { Promotion } from "./promotion.ts";

/** What was promoted from what to what, and what undoes it. */
export function renderPromotion(promotion: Promotion): string {
	const { channel, outcome, digest, buildId, previous, attestation, sure, undo } = promotion;
	if (outcome === "unchanged") return `${channel} already resolves to ${buildId} (${digest}): nothing to do`;
	const attested = `  attested by ${signerText(attestation.keyId)} at ${attestation.signedAt}`;
	const change = `  ${previous ?? "nothing"}\n  → ${digest}`;
	if (outcome === "planned") return `${channel} would be moved to ${buildId}:\n${change}\n${attested}`;
	return [
		`${channel} resolves to ${buildId}:\n${change}`,
		attested,
		...(sure ? [] : [`  ${UNSURE}`]),
		...(undo === null ? [] : [`undo: ${undo}`]),
	].join("\n");
}
