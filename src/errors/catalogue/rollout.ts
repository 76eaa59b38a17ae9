import type { Entry } from "./entry.ts";

export const rolloutErrors = {
	no_earlier_release: {
		exit: "failed",
		retry: false,
		meaning: "The instance has no release before the current one.",
		remedy: "Name a release, or deploy another image.",
	},
	not_rented: {
		exit: "usage",
		retry: false,
		meaning: "--replace was given for an instance that is not a rented contract.",
		remedy: "Deploy without --replace.",
	},
	outside_perimeter: {
		exit: "failed",
		retry: false,
		meaning:
			"The release would give the instance an address that docs/Perimeter.md does not allow; nothing was changed.",
		remedy: "Correct the setting that the message names, or allow the address in docs/Perimeter.md.",
	},
	revert_failed: {
		exit: "failed",
		retry: false,
		meaning: "The rollout failed, and going back failed too.",
		remedy: "Do what the message says before anything else.",
	},
	secret_missing: {
		exit: "failed",
		retry: false,
		meaning: "A secret that cres.yaml names has no value.",
		remedy: "Put it into .env.",
	},
	unattested_image: {
		exit: "failed",
		retry: false,
		meaning: "The image of a channel has no valid attestation.",
		remedy: "Test and attest it, or deploy it with --allow-unattested.",
	},
	unknown_release: {
		exit: "usage",
		retry: false,
		meaning: "The instance never ran that release.",
		remedy: "Take one that cres releases shows.",
	},
	unrecorded: {
		exit: "failed",
		retry: false,
		meaning: "The instance is safe, but the records of a rollout could not be written.",
		remedy: "Make room or correct the rights, then look with cres status.",
	},
	wrong_flavour: {
		exit: "failed",
		retry: false,
		meaning: "The instance has the role gpu, but the image has the engines of cpu only.",
		remedy: "Build with --flavour cuda, then deploy that image.",
	},
} as const satisfies Record<string, Entry>;
