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
		meaning: "Only keys that cres.yaml does not name have signed.",
		remedy: "Add the public key under attest.keys, if it is yours; else run the smoke test again.",
	},
	sbom_unreadable: {
		exit: "failed",
		retry: false,
		meaning: "Docker has no such image, or Git no such commit, so the packages cannot be read.",
		remedy: "Pull the image, fetch the commit, and run the command again.",
	},
} as const satisfies Record<string, Entry>;
