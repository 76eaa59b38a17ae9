import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toTrustMaterial } from "@sigstore/verify";
import { openBundle } from "../../src/attest/bundle.ts";
import { entryAnswer } from "../../src/attest/keyless/rekor.ts";
import { debianPackages, npmPackages, pythonPackages } from "../../src/attest/spdx.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import { referrersApi } from "../../src/registry/referrers-api.ts";
import { createSigstore, OURS, type Claims } from "../support/sigstore/sigstore.ts";
import { expectThat, type Parser } from "./parser.ts";
import { jsonNear, textsNear } from "./texts.ts";

const DIGEST = `sha256:${"a".repeat(64)}` as Digest;
const sigstore = createSigstore();
const entry = { apiVersion: "0.0.1", kind: "dsse", spec: {} };
const keyless = {
	certificate: { rawBytes: certificateOf(OURS) },
	tlogEntries: [entryAnswer.parse(sigstore.log.answer(sigstore.log.add(entry, Date.now())))],
};
const envelope = { payload: "e30=", payloadType: "application/vnd.in-toto+json", signatures: [{ sig: "AA==" }] };
const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
const BUNDLES = [
	{
		...{ mediaType, dsseEnvelope: envelope },
		verificationMaterial: { publicKey: { hint: "k" } },
	},
	{ mediaType, dsseEnvelope: envelope, verificationMaterial: keyless },
].map((one) => JSON.stringify(one));
const INDEXES = [JSON.stringify({ schemaVersion: 2, manifests: [{ digest: DIGEST, annotations: {} }] })];
const LINK = '</v2/o/a/referrers/x?last=y>; rel="next"';
const STATUS = "Package: a\nStatus: install ok installed\nVersion: 1:2-3\nArchitecture: all\nDescription: x\n y\n\n";
const LOCK = JSON.stringify({ lockfileVersion: 3, packages: { "node_modules/@a/b": { version: "1.0.0" } } });
const REQUIREMENTS = "a-b==1.0 \\\n    --hash=sha256:0\nc==2 ; python_version > '3'\n";

function certificateOf(claims: Claims): string {
	const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	return new X509Certificate(sigstore.certify(publicKey, claims)).raw.toString("base64");
}

const root = toTrustMaterial(TrustedRoot.fromJSON(sigstore.trustedRoot));
const TRUST = { keys: [], keyless: { identities: [], root: async () => root } };

/** Nobody has signed it. */
async function checkBundle(text: string): Promise<void> {
	expectThat("fault" in (await openBundle(Buffer.from(text), TRUST)), "a bundle counts that no key has signed");
}

/** A registry that answers this, with this for a link. */
async function checkReferrers(text: string): Promise<void> {
	const url = new URL("https://registry.test/v2/o/a/referrers/x");
	let asked = 0;
	const get = async () => {
		expectThat(++asked < 100, "pages are asked for without end");
		return { status: 200, headers: { link: text }, body: Buffer.from(asked === 1 ? text : INDEXES[0]!), url };
	};
	await referrersApi(get, url);
	asked = 1;
	await referrersApi(get, url);
}

export const attestationParsers: readonly Parser[] = [
	{ name: "attestation", corpus: BUNDLES, texts: jsonNear(BUNDLES, ["e30=", "k"]), check: checkBundle },
	{
		name: "referrers",
		corpus: [...INDEXES, LINK],
		texts: textsNear([...INDEXES, LINK], ["<", ">;", 'rel="next"', "https://", DIGEST]),
		check: checkReferrers,
		pieces: ["<", "<a>;", "<a> ;", "; "],
	},
	{
		name: "packages",
		corpus: [STATUS, LOCK, REQUIREMENTS],
		texts: textsNear([STATUS, LOCK, REQUIREMENTS], ["Package: ", "Status: ", "Version: ", "==", "\n\n"]),
		check: (text) => void [debianPackages(text), npmPackages(text), pythonPackages(text)],
		pieces: ["Package:", "Status: ", "a==1\n", "a=="],
	},
];
