import type { SignedEntity, Signer, TrustMaterial, toSignedEntity } from "@sigstore/verify";
import { messageOf } from "../../errors/errors.ts";
import type { CertificateProof } from "../bundle-schema.ts";
import { invalid, untrusted, type SignatureFault } from "../signed-by.ts";
import { listedAs, type Identity, type TrustedIdentity } from "./identity.ts";

/** What cres.yaml trusts of keyless signatures. */
export interface KeylessTrust {
	identities: readonly TrustedIdentity[];
	/** @throws UserError keyless_root_invalid (usage) */
	root(): Promise<TrustMaterial>;
}

/** Extensions of Fulcio's certificates (fulcio/docs/oid-info.md); each is one UTF8String. */
const OID = { issuer: "1.3.6.1.4.1.57264.1.8", repository: "1.3.6.1.4.1.57264.1.12", ref: "1.3.6.1.4.1.57264.1.14" };

/**
 * The listed identity that has signed a bundle: the certificate leads to a trusted CA at the time that the log has
 * signed, a log of certificates has it, and the entry is in the log.
 * @param bundle as its protobuf message in memory; `proof`: the same part of it in JSON
 * @throws UserError keyless_root_invalid (usage)
 */
export async function certifiedBy(
	bundle: Parameters<typeof toSignedEntity>[0],
	proof: CertificateProof,
	trust: KeylessTrust,
): Promise<TrustedIdentity | SignatureFault> {
	if (proof.tlogEntries.length === 0) return invalid("has a certificate and no entry of a transparency log");
	const [material, library] = await Promise.all([trust.root(), import("@sigstore/verify")]);
	try {
		const signed = signerOf(library.toSignedEntity(bundle), material, library);
		if ("fault" in signed) return signed;
		const found = identityIn(signed);
		return found ? listedAs(found, trust.identities) : invalid("has a certificate that names no run of GitHub Actions");
	} catch (error) {
		// what strangers have written is parsed here: an error of any class is theirs
		return invalid(`has a certificate or a log entry that cannot be read (${messageOf(error)})`);
	}
}

type Library = typeof import("@sigstore/verify");

function signerOf(entity: SignedEntity, material: TrustMaterial, library: Library): Signer | SignatureFault {
	const thresholds = { ctlogThreshold: 1, tlogThreshold: 1, timestampThreshold: 1 };
	try {
		return new library.Verifier(material, thresholds).verify(entity);
	} catch (error) {
		if (error instanceof library.VerificationError) return reasonOf(error.code, entity);
		throw error;
	}
}

function reasonOf(code: string, entity: SignedEntity): SignatureFault {
	if (code === "CERTIFICATE_ERROR") return outsideItsTime(entity) ?? unconfirmed("a certificate");
	if (code === "TIMESTAMP_ERROR") return invalid("has no time that a transparency log has signed");
	if (code === "TLOG_BODY_ERROR") return invalid("has an entry of the transparency log that does not fit what it says");
	if (code.startsWith("TLOG_")) return unconfirmed("an entry of a transparency log");
	return invalid("has a signature that does not fit what it says");
}

const unconfirmed = (what: string): SignatureFault =>
	untrusted(`has ${what} that the file of attest.keyless.trusted_root does not confirm (renew that file if it is old)`);

/** Where the log took the entry before or after the certificate was valid. */
function outsideItsTime({ key, tlogEntries }: SignedEntity): SignatureFault | undefined {
	if (key.$case !== "certificate") return undefined;
	const { notBefore, notAfter } = key.certificate;
	const outside = tlogEntries
		.map(({ integratedTime }) => new Date(Number(integratedTime) * 1_000))
		.find((time) => !(time >= notBefore && time <= notAfter));
	if (!outside) return undefined;
	const [logged, from, to] = [outside, notBefore, notAfter].map((time) => time.toISOString());
	return invalid(`was logged at ${logged}, outside the time of its certificate (${from} to ${to})`);
}

/** Undefined where one of its parts is missing. */
function identityIn({ identity }: Signer): Identity | undefined {
	const texts = Object.entries(OID).map(([name, oid]) => {
		const found = identity?.oids?.find((one) => one.oid?.id.join(".") === oid);
		return [name, found && utf8StringIn(found.value)] as const;
	});
	const workflow = identity?.subjectAlternativeName;
	const parts = { workflow, ...Object.fromEntries(texts) };
	return Object.values(parts).every((part) => part !== undefined) ? (parts as Identity) : undefined;
}

/** The text of a DER UTF8String (X.690, 8.23) that is the whole value. */
function utf8StringIn(der: Buffer): string | undefined {
	const [tag, length = 0] = der;
	const head = length < 0x80 ? 2 : length === 0x81 ? 3 : 4;
	const size = head === 2 ? length : der.subarray(2, head).reduce((sum, byte) => sum * 256 + byte, 0);
	return tag === 0x0c && length <= 0x82 && head + size === der.length ? der.toString("utf8", head) : undefined;
}
