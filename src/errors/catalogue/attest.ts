import type { Entry } from "./entry.ts";

export const attestErrors = {
	attest_key_elsewhere: {
		exit: "failed",
		retry: false,
		meaning: "ATTEST_KEY comes from the process environment, so a new key in .env would do nothing.",
		remedy: "Unset it, then run the command again.",
	},
	attest_key_invalid: {
		exit: "usage",
		retry: false,
		meaning: "A key for attestations cannot be used, or cres.yaml does not name the public half of ATTEST_KEY.",
		remedy: "Correct what the message names, or make a new key: cres attest keygen.",
	},
	attest_key_missing: {
		exit: "usage",
		retry: false,
		meaning: "ATTEST_KEY has no value, so no attestation can be signed.",
		remedy: "Make a key: cres attest keygen.",
	},
	attest_key_name: {
		exit: "usage",
		retry: false,
		meaning: "A key cannot be called so.",
		remedy: "Use lower-case letters, digits and -, starting with a letter or digit.",
	},
	attest_key_taken: {
		exit: "usage",
		retry: false,
		meaning: "There is a key already, in .env or under that name in cres.yaml.",
		remedy: "Keep it, or replace it with --force.",
	},
	attestation_expired: {
		exit: "failed",
		retry: false,
		meaning: "The smoke test that is attested ended longer ago than attest.max_age.",
		remedy: "Run the smoke test of that digest again.",
	},
	attestation_failed_smoke: {
		exit: "failed",
		retry: false,
		meaning: "The newest attestation is of a smoke test that failed.",
		remedy: "Read which rung failed, correct that, and run the smoke test again.",
	},
	attestation_invalid: {
		exit: "failed",
		retry: false,
		meaning: "An attestation was changed, is for another image, or is not of a smoke test.",
		remedy: "Run the smoke test of that digest again; find out who wrote the other one.",
	},
	attestation_missing: {
		exit: "failed",
		retry: false,
		meaning: "No smoke test of the image is attested.",
		remedy: "Run the smoke test of that digest.",
	},
	attestation_untrusted: {
		exit: "failed",
		retry: false,
		meaning: "Only keys, workflows or services of Sigstore that cres.yaml does not name have signed.",
		remedy: "Name the key or the workflow under attest, if it is yours; else run the smoke test again.",
	},
	keyless_identity_unlisted: {
		exit: "usage",
		retry: false,
		meaning: "The workflow that runs is not one of attest.keyless.identities, so nothing that it signs would count.",
		remedy: "List its repository, workflow, ref and issuer, or run on the ref that is listed.",
	},
	keyless_permission_missing: {
		exit: "usage",
		retry: false,
		meaning: "GitHub gives the job no ID token to sign with.",
		remedy: "Add id-token: write to the permissions of the job, or set the secret ATTEST_KEY.",
	},
	keyless_refused: {
		exit: "failed",
		retry: false,
		meaning: "GitHub's service of ID tokens, Fulcio or Rekor refuses, or gives what cannot be used.",
		remedy: "Read what it says, and correct attest.keyless.",
	},
	keyless_root_invalid: {
		exit: "usage",
		retry: false,
		meaning: "The file of attest.keyless.trusted_root is not there, or is no trusted root of Sigstore.",
		remedy: "Write it with cosign trusted-root create --with-default-services --out FILE, and commit it.",
	},
	keyless_unconfirmed: {
		exit: "failed",
		retry: false,
		meaning: "What Fulcio and Rekor have given does not pass the check that every attestation has to pass.",
		remedy: "Renew the file of attest.keyless.trusted_root, or correct fulcio and rekor beside it.",
	},
	keyless_unreachable: {
		exit: "failed",
		retry: true,
		meaning: "GitHub's service of ID tokens, Fulcio or Rekor does not answer, or answers what is none of its answers.",
		remedy: "Run the command again.",
	},
	sbom_unreadable: {
		exit: "failed",
		retry: false,
		meaning: "Docker has no such image, or Git no such commit, so the packages cannot be read.",
		remedy: "Pull the image, fetch the commit, and run the command again.",
	},
} as const satisfies Record<string, Entry>;
