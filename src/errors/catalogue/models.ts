import type { Entry } from "./entry.ts";

export const modelErrors = {
	file_changed: {
		exit: "failed",
		retry: true,
		meaning: "A model's file was changed while it was sent.",
		remedy: "Run the command again when nothing writes to the file.",
	},
	manifest_busy: {
		exit: "busy",
		retry: true,
		meaning: "Others keep changing the models' manifest in the store.",
		remedy: "Run the command again.",
	},
	manifest_changed: {
		exit: "failed",
		retry: false,
		meaning: "The models' manifest in the store is not the one that cres.yaml names: somebody else wrote it.",
		remedy: "Take the cres.yaml of who pushed last, or look at it (cres models list) and use --accept-manifest.",
	},
	manifest_invalid: {
		exit: "failed",
		retry: false,
		meaning: "The models' manifest in the store is damaged.",
		remedy: "Delete that object and push the models again.",
	},
	model_name: {
		exit: "usage",
		retry: false,
		meaning: "A model's name has characters that no name may have.",
		remedy: "Use letters, digits, dots, underscores and hyphens.",
	},
	model_path_taken: {
		exit: "usage",
		retry: false,
		meaning: "Another model has a file of the same name in the store.",
		remedy: "Rename the file, or push it under the other model's name.",
	},
	no_model: {
		exit: "usage",
		retry: false,
		meaning: "The path holds no model of the given kind.",
		remedy: "Give the files that the message names.",
	},
} as const satisfies Record<string, Entry>;
