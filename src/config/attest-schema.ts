import { z } from "zod";
import { INSTANCE_NAME, INSTANCE_NAME_FORM } from "../contracts/instance-name.ts";
import { age } from "./duration.ts";
import { httpsUrl } from "./https-url.ts";

const name = z.string().regex(INSTANCE_NAME, INSTANCE_NAME_FORM);

const identity = z.strictObject({
	repository: z
		.string()
		.regex(/^[\w-][\w.-]*\/[\w.-]+$/, "owner/name")
		.describe("repository at github.com whose own runs sign"),
	workflow: z
		.string()
		.regex(/^\.github\/workflows\/[\w-][\w.-]*\.ya?ml$/, "a file such as .github/workflows/images.yml")
		.describe("workflow of that repository"),
	ref: z
		.string()
		.regex(/^refs\/(?:heads|tags)\/[^\s~^:?*[\\]+$/, "a branch or tag such as refs/heads/main, without wildcards")
		.describe("branch or tag that it runs on"),
	issuer: z
		.url({ protocol: /^https$/, error: "an https address" })
		.default("https://token.actions.githubusercontent.com")
		.describe("issuer of the runs' ID tokens"),
});

const keyless = z.strictObject({
	trusted_root: z.string().min(1).describe("file with the certificates and log keys of Sigstore that are trusted"),
	identities: z
		.record(name, identity)
		.refine((given) => Object.keys(given).length > 0, "at least one")
		.describe("workflows whose attestations count, by name; nothing else in Sigstore's log does"),
	fulcio: httpsUrl.default("https://fulcio.sigstore.dev").describe("Sigstore's certificate authority"),
	rekor: httpsUrl.default("https://rekor.sigstore.dev").describe("Sigstore's transparency log, version 1"),
});

/** `attest` of cres.yaml. */
export const attestSchema = z.strictObject({
	keys: z
		.record(name, z.string().min(1))
		.default({})
		.describe("public keys whose attestations count, by name: PEM text or a PEM file; cres attest keygen writes one"),
	keyless: keyless
		.optional()
		.describe("runs of GitHub Actions without ATTEST_KEY sign with their ID token (permission id-token: write)"),
	max_age: age.prefault("30d").describe("how long after its end a smoke test counts"),
});

export type KeylessConfig = z.output<typeof keyless>;
