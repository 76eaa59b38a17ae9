import { canonicalJson, jsonOf } from "../system/json.ts";
import {
	BUNDLE_TYPE,
	bundleSchema,
	type BundleJson,
	type EnvelopeJson,
	type KeyProof,
	type ProofJson,
} from "./bundle-schema.ts";
import { certifiedBy, type KeylessTrust } from "./keyless/verify.ts";
import type { TrustedKey } from "./keys.ts";
import { invalid, untrusted, type SignatureFault, type SignedBy } from "./signed-by.ts";
import { PAYLOAD_TYPE, statementSchema, type Statement } from "./statement.ts";

/** What is in a bundle, or why nothing of it counts. */
export type Opened = { statement: Statement; by: SignedBy } | SignatureFault;

/** What cres.yaml trusts; `keyless` undefined: only keys. */
export interface Trust {
	keys: readonly TrustedKey[];
	keyless: KeylessTrust | undefined;
}

/** A key that signs, and what shows whose it is. */
export interface BundleSigner {
	/** ECDSA with SHA-256, in DER. */
	sign(data: Buffer): Buffer;
	/** PEM, of a key or a certificate. */
	publicKey: string;
	prove(envelope: EnvelopeJson): Promise<ProofJson> | ProofJson;
}

/** Signs a statement; the bytes of the bundle. */
export async function signStatement(statement: Statement, by: BundleSigner): Promise<Buffer> {
	const { DSSEBundleBuilder } = await import("@sigstore/sign");
	const key = { $case: "publicKey" as const, publicKey: by.publicKey };
	const signer = { sign: async (data: Buffer) => ({ signature: by.sign(data), key }) };
	const builder = new DSSEBundleBuilder({ signer, witnesses: [] });
	const made = await builder.create({ data: Buffer.from(canonicalJson(statement)), type: PAYLOAD_TYPE });
	const { payload, payloadType, signatures } = made.content.dsseEnvelope;
	const dsseEnvelope: EnvelopeJson = {
		payload: payload.toString("base64"),
		payloadType,
		// The keyid stays empty: cosign passes by a signature whose keyid is not the fingerprint that SSH gives the key.
		signatures: [{ sig: signatures[0]!.sig.toString("base64"), keyid: "" }],
	};
	const bundle: BundleJson = {
		mediaType: BUNDLE_TYPE,
		verificationMaterial: await by.prove(dsseEnvelope),
		dsseEnvelope,
	};
	return Buffer.from(canonicalJson(bundle));
}

/** Whether somebody whom cres.yaml names has signed a bundle, and the statement in it. @throws UserError keyless_root_invalid (usage) */
export async function openBundle(bytes: Buffer, trust: Trust): Promise<Opened> {
	const parsed = bundleSchema.safeParse(jsonOf(bytes));
	if (!parsed.success) return NO_BUNDLE;
	const by = await signerOf(parsed.data, trust);
	if ("fault" in by) return by;
	const { payload, payloadType } = parsed.data.dsseEnvelope;
	const statement = statementSchema.safeParse(jsonOf(Buffer.from(payload, "base64")));
	if (payloadType !== PAYLOAD_TYPE || !statement.success) return invalid("holds no in-toto statement");
	return { statement: statement.data, by: { name: by.name, id: by.id } };
}

async function signerOf(json: BundleJson, { keys, keyless }: Trust): Promise<SignedBy | SignatureFault> {
	const bundle = await messageOf(json);
	if (!bundle) return NO_BUNDLE;
	const proof = json.verificationMaterial;
	if ("publicKey" in proof) return keyOf(bundle, proof, keys);
	if (keyless) return certifiedBy(bundle, proof, keyless);
	return untrusted("is signed keyless, and cres.yaml has no attest.keyless");
}

const NO_BUNDLE = invalid("is not a bundle of one signed statement");

/** A bundle as its protobuf message in memory; undefined where one of its parts is empty. */
async function messageOf(json: BundleJson): Promise<Bundle | undefined> {
	const { bundleFromJSON, ValidationError } = await import("@sigstore/bundle");
	try {
		return bundleFromJSON(json);
	} catch (error) {
		if (error instanceof ValidationError) return undefined;
		throw error;
	}
}

type Bundle = ReturnType<typeof import("@sigstore/bundle").bundleFromJSON>;

/** The hint of a bundle is not signed: each key is tried. */
async function keyOf(
	bundle: Bundle,
	proof: KeyProof,
	keys: readonly TrustedKey[],
): Promise<TrustedKey | SignatureFault> {
	const { toSignedEntity, Verifier, VerificationError } = await import("@sigstore/verify");
	const entity = toSignedEntity(bundle);
	const found = keys.find(({ key }) => {
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
	const { hint } = proof.publicKey;
	if (!found && keys.some(({ id }) => id === hint)) return invalid("has a signature that does not fit what it says");
	return found ?? untrusted(`is signed by a key that cres.yaml does not name (${hint})`);
}
