import { sign } from "node:crypto";
import { z } from "zod";
import { canonicalJson, jsonOf } from "../system/json.ts";
import { publicPem, type SigningKey, type TrustedKey } from "./keys.ts";
import { PAYLOAD_TYPE, statementSchema, type Statement } from "./statement.ts";

/** A Sigstore bundle, protobuf-specs v0.3 in JSON, as cosign 3 writes and reads it. */
export const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** A bundle of one DSSE envelope that a key has signed: no certificate, no log. What else stands in it is passed by. */
const bundleSchema = z.object({
	mediaType: z.literal(BUNDLE_TYPE),
	verificationMaterial: z.object({ publicKey: z.object({ hint: z.string().max(256).default("") }) }),
	dsseEnvelope: z.object({
		payload: z.base64(),
		payloadType: z.string().max(256),
		signatures: z.tuple([z.object({ sig: z.base64().max(4_096), keyid: z.string().max(256).default("") })]),
	}),
});

/** What is in a bundle, or why nothing of it counts. */
export type Opened =
	| { statement: Statement; key: TrustedKey }
	| { fault: "attestation_invalid" | "attestation_untrusted"; reason: string };

/** Signs a statement; the bytes of the bundle. */
export async function signStatement(statement: Statement, key: SigningKey): Promise<Buffer> {
	const { DSSEBundleBuilder } = await import("@sigstore/sign");
	const signer = {
		sign: async (data: Buffer) => ({
			signature: sign("sha256", data, key.private),
			key: { $case: "publicKey" as const, publicKey: publicPem(key.key), hint: key.id },
		}),
	};
	const builder = new DSSEBundleBuilder({ signer, witnesses: [] });
	const made = await builder.create({ data: Buffer.from(canonicalJson(statement)), type: PAYLOAD_TYPE });
	const { payload, payloadType, signatures } = made.content.dsseEnvelope;
	const bundle: z.input<typeof bundleSchema> = {
		mediaType: BUNDLE_TYPE,
		verificationMaterial: { publicKey: { hint: key.id } },
		dsseEnvelope: {
			payload: payload.toString("base64"),
			payloadType,
			// The keyid stays empty: cosign passes by a signature whose keyid is not the fingerprint that SSH gives the key.
			signatures: [{ sig: signatures[0]!.sig.toString("base64"), keyid: "" }],
		},
	};
	return Buffer.from(canonicalJson(bundle));
}

/** Whether one of the keys has signed a bundle, and the statement in it. The hint of a bundle is not signed: each key is tried. */
export async function openBundle(bytes: Buffer, keys: readonly TrustedKey[]): Promise<Opened> {
	const parsed = bundleSchema.safeParse(jsonOf(bytes));
	if (!parsed.success) return invalid("is not a bundle of one statement that a key has signed");
	const { hint } = parsed.data.verificationMaterial.publicKey;
	const signedBy = await signerOf(parsed.data, keys);
	if (!signedBy && keys.some(({ id }) => id === hint)) return invalid("has a signature that does not fit what it says");
	if (!signedBy)
		return { fault: "attestation_untrusted", reason: `is signed by a key that cres.yaml does not name (${hint})` };
	const { payload, payloadType } = parsed.data.dsseEnvelope;
	const statement = statementSchema.safeParse(jsonOf(Buffer.from(payload, "base64")));
	if (payloadType !== PAYLOAD_TYPE || !statement.success) return invalid("holds no in-toto statement");
	return { statement: statement.data, key: signedBy };
}

type ParsedBundle = z.infer<typeof bundleSchema>;

async function signerOf(bundle: ParsedBundle, keys: readonly TrustedKey[]): Promise<TrustedKey | undefined> {
	const { toSignedEntity, Verifier, VerificationError } = await import("@sigstore/verify");
	const entity = toSignedEntity(protobufOf(bundle) satisfies Parameters<typeof toSignedEntity>[0]);
	return keys.find(({ key }) => {
		const publicKey = () => ({ publicKey: key, validFor: () => true });
		const trust = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [], publicKey };
		try {
			new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }).verify(entity);
			return true;
		} catch (error) {
			if (error instanceof VerificationError) return false;
			throw error;
		}
	});
}

/** A bundle as its protobuf message in memory (github.com/sigstore/protobuf-specs, sigstore_bundle.proto). */
function protobufOf({ dsseEnvelope, verificationMaterial }: ParsedBundle) {
	const { payload, payloadType, signatures } = dsseEnvelope;
	const [{ sig, keyid }] = signatures;
	return {
		mediaType: BUNDLE_TYPE,
		verificationMaterial: {
			content: { $case: "publicKey" as const, ...verificationMaterial },
			tlogEntries: [],
			timestampVerificationData: undefined,
		},
		content: {
			$case: "dsseEnvelope" as const,
			dsseEnvelope: {
				payload: Buffer.from(payload, "base64"),
				payloadType,
				signatures: [{ sig: Buffer.from(sig, "base64"), keyid }],
			},
		},
	};
}

const invalid = (reason: string): Opened => ({ fault: "attestation_invalid", reason });
