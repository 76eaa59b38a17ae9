import { sign, X509Certificate, type KeyObject } from "node:crypto";
import { z } from "zod";
import { UserError } from "../../errors/errors.ts";
import { ask, type AskPorts } from "./ask.ts";
import type { IdToken } from "./id-token.ts";

/** Pair of a key on P-256. */
export interface KeyPair {
	publicKey: KeyObject;
	privateKey: KeyObject;
}

/** SigningCertificate of fulcio.proto; the chain begins with the leaf. */
const answer = z.object({
	signedCertificateEmbeddedSct: z.object({
		chain: z.object({ certificates: z.array(z.string().max(32_768)).min(1).max(16) }),
	}),
});

/**
 * A certificate of Fulcio for a key that nobody keeps, valid for minutes (POST /api/v2/signingCert of fulcio.proto).
 * @param fulcio its address
 * @throws UserError keyless_unreachable, keyless_refused
 */
export async function certificateFor(
	{ token, subject }: IdToken,
	{ publicKey, privateKey }: KeyPair,
	fulcio: string,
	ports: AskPorts,
): Promise<X509Certificate> {
	const content = publicKey.export({ type: "spki", format: "pem" });
	const proofOfPossession = sign("sha256", Buffer.from(subject), privateKey).toString("base64");
	const { signedCertificateEmbeddedSct } = await ask(ports, {
		of: "Fulcio",
		url: new URL(`${fulcio.replace(/\/+$/, "")}/api/v2/signingCert`),
		method: "POST",
		body: {
			credentials: { oidcIdentityToken: token.reveal() },
			publicKeyRequest: { publicKey: { algorithm: "ECDSA", content }, proofOfPossession },
		},
		schema: answer,
	});
	try {
		return new X509Certificate(signedCertificateEmbeddedSct.chain.certificates[0]!);
	} catch (error) {
		throw new UserError("keyless_refused", `Fulcio at ${new URL(fulcio).origin} gives what is no certificate`, {
			hint: "correct attest.keyless.fulcio in cres.yaml",
			cause: error,
		});
	}
}
