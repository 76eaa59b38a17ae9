import { z } from "zod";

/** A Sigstore bundle, protobuf-specs v0.3 in JSON, as cosign 3 writes and reads it. */
export const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

const base64 = (most: number) => z.base64().max(most);
/** 64 bits, which JSON of protobuf has as text. */
const integer = z.string().regex(/^\d{1,19}$/);

const entrySchema = z.object({
	logIndex: integer,
	logId: z.object({ keyId: base64(128) }),
	kindVersion: z.object({ kind: z.string().max(64), version: z.string().max(64) }),
	integratedTime: integer,
	inclusionPromise: z.object({ signedEntryTimestamp: base64(4_096) }).optional(),
	inclusionProof: z.object({
		logIndex: integer,
		rootHash: base64(128),
		treeSize: integer,
		hashes: z.array(base64(128)).max(64),
		checkpoint: z.object({ envelope: z.string().max(16_384) }),
	}),
	canonicalizedBody: base64(65_536),
});

const byKey = z.object({ publicKey: z.object({ hint: z.string().max(256).default("") }) });
const byCertificate = z.object({
	certificate: z.object({ rawBytes: base64(32_768) }),
	tlogEntries: z.array(entrySchema).max(4).default([]),
});

/** A bundle of one DSSE envelope that a key, or the key of a certificate, has signed. What else stands in it is passed by. */
export const bundleSchema = z.object({
	mediaType: z.literal(BUNDLE_TYPE),
	verificationMaterial: z.union([byKey, byCertificate]),
	dsseEnvelope: z.object({
		payload: z.base64(),
		payloadType: z.string().max(256),
		signatures: z.tuple([z.object({ sig: base64(4_096), keyid: z.string().max(256).default("") })]),
	}),
});

export type BundleJson = z.output<typeof bundleSchema>;
export type EnvelopeJson = BundleJson["dsseEnvelope"];
/** An entry of a transparency log, and the proof that it is in it. */
export type EntryJson = z.output<typeof entrySchema>;
/** What shows whose signature it is. */
export type ProofJson = BundleJson["verificationMaterial"];
export type KeyProof = z.output<typeof byKey>;
export type CertificateProof = z.output<typeof byCertificate>;
