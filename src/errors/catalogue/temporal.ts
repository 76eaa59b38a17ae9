import type { Entry } from "./entry.ts";

export const temporalErrors = {
	codec_key_unknown: {
		exit: "failed",
		retry: false,
		meaning: "A payload in Temporal is encrypted with a key that is not in TEMPORAL_CODEC_KEYS.",
		remedy: "Add that key to TEMPORAL_CODEC_KEYS in .env, under the id that the workers have it under.",
	},
	codec_key_wrong: {
		exit: "failed",
		retry: false,
		meaning: "A payload in Temporal cannot be decrypted with the key of TEMPORAL_CODEC_KEYS that it names.",
		remedy: "Put the key of the workers under that id into TEMPORAL_CODEC_KEYS in .env.",
	},
	codec_keys_invalid: {
		exit: "usage",
		retry: false,
		meaning: "TEMPORAL_CODEC_KEYS is not a list of keys.",
		remedy: "Write id:key, by commas; openssl rand -base64 32 makes a key.",
	},
	detached: {
		exit: "interrupted",
		retry: true,
		meaning: "The command stopped following a job, which goes on.",
		remedy: "Follow it again with the command that is printed.",
	},
	job_ended: {
		exit: "failed",
		retry: false,
		meaning: "The workflow has ended already.",
		remedy: "Look at cres job list --all.",
	},
	job_failed: {
		exit: "failed",
		retry: false,
		meaning: "The workflow ended with an error.",
		remedy: "Read cres logs, then correct its cause.",
	},
	job_id_taken: {
		exit: "usage",
		retry: false,
		meaning: "Another kind of workflow is running under that id.",
		remedy: "Choose another --id.",
	},
	job_input: {
		exit: "usage",
		retry: false,
		meaning: "The workflow does not take that input.",
		remedy: "Give what the message names.",
	},
	job_result_invalid: {
		exit: "failed",
		retry: false,
		meaning: "The workflow ended, and its result is not the JSON that our workers return.",
		remedy: "See with cres pollers which workers poll its queue.",
	},
	job_unknown: {
		exit: "usage",
		retry: false,
		meaning: "Temporal knows no workflow of that id.",
		remedy: "Take an id of cres job list --all.",
	},
	never_polled: {
		exit: "failed",
		retry: false,
		meaning: "The new worker did not poll all of its task queues in time.",
		remedy: "Read cres logs, check queue, Temporal address and namespace in cres.yaml, then run the command again.",
	},
	no_poller: {
		exit: "failed",
		retry: true,
		meaning: "Nobody polls the task queues that the job needs.",
		remedy: "Deploy an instance that does, or add --no-wait.",
	},
	queue_name: {
		exit: "usage",
		retry: false,
		meaning: "A task queue's name does not end in @cpu or @gpu.",
		remedy: "Write its name with one of these endings.",
	},
	temporal_failed: {
		exit: "failed",
		retry: true,
		meaning: "Temporal answered with an error.",
		remedy: "Look at the server's log, then cres doctor.",
	},
	temporal_namespace_missing: {
		exit: "failed",
		retry: false,
		meaning: "Temporal has no namespace of the configured name.",
		remedy: "Make it: cres control prepare.",
	},
	temporal_tls_failed: {
		exit: "failed",
		retry: false,
		meaning: "The TLS connection to Temporal failed: a certificate is not trusted, or the server speaks no TLS.",
		remedy: "Check temporal.tls in cres.yaml: ca, server_name, cert and key.",
	},
	temporal_unauthorized: {
		exit: "failed",
		retry: false,
		meaning: "Temporal refuses the credential.",
		remedy: "Put a valid TEMPORAL_API_KEY into .env.",
	},
	temporal_unreachable: {
		exit: "failed",
		retry: true,
		meaning: "Temporal does not answer.",
		remedy: "Check temporal.address in cres.yaml, then cres doctor.",
	},
	temporal_unsupported: {
		exit: "failed",
		retry: false,
		meaning: "The Temporal server is too old.",
		remedy: "Use version 1.30 or newer.",
	},
	unknown_workflow: {
		exit: "usage",
		retry: false,
		meaning: "No workflow has that name.",
		remedy: "Use one from the list in the message.",
	},
} as const satisfies Record<string, Entry>;
