import { sha256, createAuthority, spkiOf, type Authority } from "./ca.ts";
import { createLog, type Log } from "./log.ts";
import type { KeyObject } from "node:crypto";

/** Claims of an ID token of GitHub, as far as Fulcio reads them. */
export interface Claims {
	iss: string;
	job_workflow_ref: string;
	repository: string;
	ref: string;
	sha?: string;
	event_name?: string;
}

/** The run of `.github/workflows/images.yml` on the branch main of owner/app. */
export const OURS: Claims = {
	iss: "https://token.actions.githubusercontent.com",
	job_workflow_ref: "owner/app/.github/workflows/images.yml@refs/heads/main",
	...{ repository: "owner/app", ref: "refs/heads/main", sha: "0".repeat(40), event_name: "push" },
};

const WEB = "https://github.com";
const TEN_MINUTES = 600_000;

/** A certificate authority and a transparency log that belong together. */
export interface Sigstore {
	authority: Authority;
	log: Log;
	/** TrustedRoot of protobuf-specs, in JSON. */
	trustedRoot: object;
	/** A certificate of Fulcio for ten minutes, in PEM. */
	certify(key: KeyObject, claims: Claims, options?: { from?: number; unlogged?: boolean }): string;
}

export function createSigstore(): Sigstore {
	const authority = createAuthority("sigstore.test");
	const log = createLog("rekor.test");
	return {
		...{ authority, log, trustedRoot: trustedRootOf(authority, log) },
		certify: (key, claims, { from = Date.now() - 1_000, unlogged = false } = {}) =>
			authority.certify(
				key,
				{ uri: `${WEB}/${claims.job_workflow_ref}`, texts: textsOf(claims), from, to: from + TEN_MINUTES },
				{ unlogged },
			),
	};
}

/** @see https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
function textsOf({
	iss,
	job_workflow_ref,
	repository,
	ref,
	sha = "",
	event_name = "",
}: Claims): Record<string, string> {
	const texts = {
		8: iss,
		9: `${WEB}/${job_workflow_ref}`,
		11: "github-hosted",
		12: `${WEB}/${repository}`,
		13: sha,
		14: ref,
		16: `${WEB}/${repository.split("/")[0]}`,
		18: `${WEB}/${job_workflow_ref}`,
		20: event_name,
	};
	return Object.fromEntries(Object.entries(texts).map(([last, text]) => [`1.3.6.1.4.1.57264.1.${last}`, text]));
}

function trustedRootOf({ root, logKey }: Authority, log: Log) {
	const start = new Date(Date.now() - 86_400_000).toISOString();
	const instance = (baseUrl: string, key: KeyObject) => ({
		...{ baseUrl, hashAlgorithm: "SHA2_256", logId: { keyId: sha256(spkiOf(key)).toString("base64") } },
		publicKey: {
			...{ rawBytes: spkiOf(key).toString("base64"), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor: { start } },
		},
	});
	return {
		mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
		tlogs: [instance("https://rekor.test", log.key)],
		certificateAuthorities: [
			{
				...{
					subject: { organization: "sigstore.test", commonName: "" },
					uri: "https://fulcio.test",
					validFor: { start },
				},
				certChain: { certificates: [{ rawBytes: root.toString("base64") }] },
			},
		],
		ctlogs: [instance("https://ctfe.test", logKey)],
		timestampAuthorities: [],
	};
}
