import type { Entry } from "./entry.ts";

export const storeErrors = {
	bucket_missing: {
		exit: "failed",
		retry: false,
		meaning: "The object store has no bucket of the configured name.",
		remedy: "Make it: cres control prepare.",
	},
	object_incomplete: {
		exit: "failed",
		retry: true,
		meaning: "A result in the store has another size than the job stored.",
		remedy: "Run the job again.",
	},
	object_missing: {
		exit: "failed",
		retry: false,
		meaning: "The store has no object of that name.",
		remedy: "Check that the job and this machine use the same store.",
	},
	output_exists: {
		exit: "usage",
		retry: false,
		meaning: "A file that --output would write is there already.",
		remedy: "Name another --output, or give --force to replace it.",
	},
	store_credential_missing: {
		exit: "failed",
		retry: false,
		meaning: "The object store's keys are not set.",
		remedy: "Put MINIO_ACCESS_KEY and MINIO_SECRET_KEY into .env.",
	},
	store_failed: {
		exit: "failed",
		retry: true,
		meaning: "The object store answered with an error.",
		remedy: "Look at the store's log, then cres doctor.",
	},
	store_region: {
		exit: "failed",
		retry: false,
		meaning: "The bucket is in another region than the one that requests are signed for.",
		remedy: "Set store.region in cres.yaml to the region that the message names.",
	},
	store_unauthorized: {
		exit: "failed",
		retry: false,
		meaning: "The object store refuses the keys.",
		remedy: "Correct MINIO_ACCESS_KEY and MINIO_SECRET_KEY in .env.",
	},
	store_unreachable: {
		exit: "failed",
		retry: true,
		meaning: "The object store does not answer.",
		remedy: "Check store.endpoint in cres.yaml, then cres doctor.",
	},
} as const satisfies Record<string, Entry>;
