import type { Entry } from "./entry.ts";

export const registryErrors = {
	image_missing: {
		exit: "failed",
		retry: false,
		meaning: "The registry has no image of that digest or tag.",
		remedy: "Build and push it: cres build all --push.",
	},
	image_not_ours: {
		exit: "failed",
		retry: false,
		meaning: "The image has no build id, so cres build did not make it.",
		remedy: "Name an image that cres build --push has made.",
	},
	image_wrong_platform: {
		exit: "failed",
		retry: false,
		meaning: "The registry has the image for other platforms than linux/amd64.",
		remedy: "Name one for linux/amd64: cres build --push makes it.",
	},
	invalid_digest: {
		exit: "usage",
		retry: false,
		meaning: "A digest is not sha256: and 64 hex digits.",
		remedy: "Copy the whole digest, in lower case.",
	},
	invalid_image_reference: {
		exit: "usage",
		retry: false,
		meaning: "An image reference cannot be read.",
		remedy: "Write it as host/repository@sha256:….",
	},
	push_denied: {
		exit: "failed",
		retry: false,
		meaning: "The registry does not let this credential push to the repository.",
		remedy: "Give the account the right to push there, or correct the credential in .env or image.repository.",
	},
	referrers_contended: {
		exit: "busy",
		retry: true,
		meaning: "Others wrote the list of what belongs to an image each time that cres did.",
		remedy: "Run the command again when they have ended.",
	},
	registry_ca_missing: {
		exit: "failed",
		retry: false,
		meaning: "The CA file of the registry cannot be read.",
		remedy: "Correct registry.push.ca in cres.yaml.",
	},
	registry_error: {
		exit: "failed",
		retry: true,
		meaning: "The registry answered with an error, or not as its protocol says.",
		remedy: "Look at the registry's log, then cres doctor.",
	},
	registry_keeps_all: {
		exit: "failed",
		retry: false,
		meaning: "The registry deletes no manifest: deletion is turned off.",
		remedy: "Turn deletion on in the configuration of the registry.",
	},
	registry_unauthorized: {
		exit: "failed",
		retry: false,
		meaning: "The registry refuses the credential, or access without one.",
		remedy: "Correct REGISTRY_USERNAME and REGISTRY_PASSWORD in .env.",
	},
	registry_unreachable: {
		exit: "failed",
		retry: true,
		meaning: "The registry cannot be reached.",
		remedy: "Check registry.push in cres.yaml, then cres doctor.",
	},
} as const satisfies Record<string, Entry>;
