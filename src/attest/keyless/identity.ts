import type { KeylessConfig } from "../../config/attest-schema.ts";
import { untrusted, type SignatureFault, type SignedBy } from "../signed-by.ts";

/** What a certificate of Fulcio says of the run that it was given to. */
export interface Identity {
	/** Of the ID token. */
	issuer: string;
	/** The workflow whose steps ran: its address with its ref. A called workflow is another repository's. */
	workflow: string;
	/** The repository whose run it was: its address. */
	repository: string;
	/** What that run was of. */
	ref: string;
}

export interface TrustedIdentity extends Identity, SignedBy {}

const WEB = "https://github.com";

/** An identity as Fulcio makes it of the claims of a run (fulcio/docs/oid-info.md). */
export const identityOf = ({ issuer, workflow, repository, ref }: Identity): Identity => ({
	...{ issuer, ref },
	workflow: `${WEB}/${workflow}`,
	repository: `${WEB}/${repository}`,
});

/** Those of cres.yaml. */
export const trustedIdentities = ({ identities }: KeylessConfig): TrustedIdentity[] =>
	Object.entries(identities).map(([name, { issuer, repository, workflow, ref }]) => {
		const identity = identityOf({ issuer, repository, ref, workflow: `${repository}/${workflow}@${ref}` });
		return { ...identity, name, id: identity.workflow };
	});

/** The listed identity that this one is, compared as text. */
export function listedAs(found: Identity, listed: readonly TrustedIdentity[]): TrustedIdentity | SignatureFault {
	const same = listed.filter(({ workflow }) => workflow === found.workflow);
	const ofIssuer = same.filter(({ issuer }) => issuer === found.issuer);
	const own = ofIssuer.find(({ repository, ref }) => repository === found.repository && ref === found.ref);
	if (own) return own;
	const signed = `is signed by ${found.workflow}`;
	if (same.length === 0) return untrusted(`${signed}, which attest.keyless.identities does not name`);
	if (ofIssuer.length === 0)
		return untrusted(`${signed} for the issuer ${found.issuer}, which attest.keyless.identities does not name`);
	return untrusted(`${signed} in a run of ${found.repository} (${found.ref}), which has called that workflow`);
}
