import type { Statement } from "./statement.ts";

/** Who has signed, as cres.yaml knows them. */
export interface SignedBy {
	/** Under attest.keys, or under attest.keyless.identities. */
	name: string;
	/** SHA-256 of the public key's DER form, 64 hex digits; or the address of the workflow, as its certificates have it. */
	id: string;
}

/** Somebody whose signatures count by cres.yaml. */
export interface Signer extends SignedBy {
	/** The bytes of a bundle. @throws UserError keyless_unreachable, keyless_refused, keyless_unconfirmed */
	sign(statement: Statement): Promise<Buffer>;
}

/** Why a signature does not count: one clause that goes on from "it". */
export interface SignatureFault {
	fault: "attestation_invalid" | "attestation_untrusted";
	reason: string;
}

export const invalid = (reason: string): SignatureFault => ({ fault: "attestation_invalid", reason });
export const untrusted = (reason: string): SignatureFault => ({ fault: "attestation_untrusted", reason });

/** Who has signed, by the id alone: `key 0a1b…`, or the address of a workflow. */
export const signerText = (id: string, quote = (text: string) => text): string =>
	id.includes("://") ? quote(id) : `key ${quote(id)}`;
