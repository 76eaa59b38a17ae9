import { createHash } from "node:crypto";
import type { Found, Place } from "./triage-check.ts";

type Bound = Pick<Found, "message" | "evidence">;

/**
 * 16 hex digits that stay while the message and the text of every side stay, wherever the lines move. Blanks do not
 * count.
 */
export const fingerprintOf = (check: string, { message, evidence }: Bound): string =>
	hashOf([check, message, ...evidence.map((place) => `${whereOf(place)}\n${place.text}`)]);

/** The same for the line to change first alone: what a finding has in common with one of another revision. */
export const lineFingerprintOf = (check: string, { evidence: [first] }: Pick<Found, "evidence">): string =>
	hashOf([check, whereOf(first), first.text]);

const whereOf = (place: Place): string => ("path" in place ? place.path : `${place.host} ${place.program ?? ""}`);

const hashOf = (parts: readonly string[]): string =>
	createHash("sha256")
		.update(parts.map((part) => part.replaceAll(/\s+/g, " ").trim()).join("\0"))
		.digest("hex")
		.slice(0, 16);
