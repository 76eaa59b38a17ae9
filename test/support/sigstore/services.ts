import { createPublicKey, verify, X509Certificate, type KeyObject } from "node:crypto";
import { serve, type Asked, type LoopbackServer, type Reply } from "../loopback-server.ts";
import { sha256 } from "./ca.ts";
import { createSigstore, type Claims, type Sigstore } from "./sigstore.ts";

/** What a service answers in place of its own answer; "silence": nothing, ever; undefined: its own. */
type Instead = (asked: Asked) => Reply | "silence" | undefined;

/** Fulcio and Rekor on loopback, with state. */
export interface Services extends Sigstore {
	fulcio: LoopbackServer;
	rekor: LoopbackServer;
	/** Looked at for each request; Rekor takes an entry before it answers otherwise. */
	instead: { fulcio?: Instead; rekor?: Instead };
}

/** @param issuers issuer of ID tokens → its public key */
export async function serveSigstore(issuers: Readonly<Record<string, KeyObject>>): Promise<Services> {
	const sigstore = createSigstore();
	const instead: Services["instead"] = {};
	const answering = (name: "fulcio" | "rekor", answer: (asked: Asked) => Reply) => (asked: Asked) => {
		const own = answer(asked);
		const other = instead[name]?.(asked);
		return other === "silence" ? undefined : (other ?? own);
	};
	const fulcio = await serve(answering("fulcio", (asked) => certificateReply(sigstore, issuers, asked)));
	const rekor = await serve(answering("rekor", (asked) => entryReply(sigstore, asked)));
	return { ...sigstore, fulcio, rekor, instead };
}

const json = (status: number, body: object, headers: Record<string, string> = {}): Reply => ({
	...{ status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) },
});
const refused = (message: string): Reply => json(400, { code: 3, message });

function certificateReply(sigstore: Sigstore, issuers: Readonly<Record<string, KeyObject>>, asked: Asked): Reply {
	if (`${asked.method} ${asked.path}` !== "POST /api/v2/signingCert") return json(404, { message: "Not Found" });
	const { credentials, publicKeyRequest } = JSON.parse(asked.body.toString());
	const claims = claimsOf(credentials.oidcIdentityToken, issuers);
	if (!claims) return refused("There was an error processing the identity token");
	const key = createPublicKey(publicKeyRequest.publicKey.content);
	const proof = Buffer.from(publicKeyRequest.proofOfPossession, "base64");
	if (!verify("sha256", Buffer.from(claims.sub), key, proof))
		return refused("The signature supplied in the request could not be verified");
	const certificates = [sigstore.certify(key, claims), new X509Certificate(sigstore.authority.root).toString()];
	return json(200, { signedCertificateEmbeddedSct: { chain: { certificates } } });
}

/** Of a token that its issuer has signed for Sigstore. */
function claimsOf(token: string, issuers: Readonly<Record<string, KeyObject>>): (Claims & { sub: string }) | undefined {
	const [head = "", payload = "", signature = ""] = token.split(".");
	const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
	const key = issuers[claims.iss];
	const ours = claims.aud === "sigstore" && claims.exp * 1_000 > Date.now();
	const proof = Buffer.from(signature, "base64url");
	const signed = key && verify("sha256", Buffer.from(`${head}.${payload}`), { key, dsaEncoding: "ieee-p1363" }, proof);
	return ours && signed ? claims : undefined;
}

function entryReply({ log }: Sigstore, { method, path, body }: Asked): Reply {
	const [, id] = /^\/api\/v1\/log\/entries(?:\/([0-9a-f]+))?$/.exec(path) ?? [];
	if (method === "GET" && id !== undefined) {
		for (let index = 0; ; index++) if (log.idOf(index) === id) return json(200, log.answer(index));
	}
	if (`${method} ${path}` !== "POST /api/v1/log/entries") return json(404, { message: "Not Found" });
	const proposed = JSON.parse(body.toString());
	if (`${proposed.kind} ${proposed.apiVersion}` !== "dsse 0.0.1") return refused("unsupported kind or version");
	const entry = dsseEntry(proposed);
	if (!entry) return refused("verifying signature: invalid signature");
	const known = log.find(entry);
	const location = (index: number) => ({ location: `/api/v1/log/entries/${log.idOf(index)}` });
	if (known >= 0) return json(409, { code: 409, message: "an equivalent entry already exists" }, location(known));
	const index = log.add(entry, Date.now());
	return json(201, log.answer(index), location(index));
}

/** The canonical entry of a proposed one (rekor/pkg/types/dsse/v0.0.1); undefined where the signature is another. */
export function dsseEntry({ spec }: { spec: { proposedContent: { envelope: string; verifiers: string[] } } }) {
	const { envelope, verifiers } = spec.proposedContent;
	const { payload, payloadType, signatures } = JSON.parse(envelope);
	const [verifier = ""] = verifiers;
	const content = Buffer.from(payload, "base64");
	const signed = Buffer.concat([
		Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${content.length} `),
		content,
	]);
	const key = createPublicKey(Buffer.from(verifier, "base64"));
	if (!verify("sha256", signed, key, Buffer.from(signatures[0].sig, "base64"))) return undefined;
	const hashOf = (of: Uint8Array) => ({ algorithm: "sha256", value: sha256(of).toString("hex") });
	return {
		...{ apiVersion: "0.0.1", kind: "dsse" },
		spec: {
			...{ envelopeHash: hashOf(Buffer.from(envelope)), payloadHash: hashOf(content) },
			signatures: [{ signature: signatures[0].sig, verifier }],
		},
	};
}
