import type { Attested } from "../attest/attested.ts";
import type { Digest } from "../registry/image-reference.ts";

/** What `cres promote` returns under --json. */
export interface Promotion {
	channel: string;
	outcome: "promoted" | "unchanged" | "planned";
	/** What the channel resolves to, or would. */
	digest: Digest;
	buildId: string;
	/** What it resolved to before; null: to nothing. */
	previous: Digest | null;
	/** Which key attested the digest, and when. */
	attestation: Pick<Attested, "keyId" | "signedAt" | "predicateType">;
	/** `user@host`; null when nothing is changed. */
	by: string | null;
	/** False: the write took so long that a promotion by another machine in between would not be known. */
	sure: boolean;
	/** The command that undoes it; null when there is nothing to undo. */
	undo: string | null;
	/** From command start to the end, in milliseconds. */
	durationMs: number;
}
