import type { Entry } from "./entry.ts";

export const configErrors = {
	config_invalid: {
		exit: "usage",
		retry: false,
		meaning: "cres.yaml has faults; each is listed with its line.",
		remedy: "Correct those lines.",
	},
	config_missing: {
		exit: "usage",
		retry: false,
		meaning: "No cres.yaml in this directory or a parent.",
		remedy: "Run cres init, or give --config.",
	},
	config_twice: {
		exit: "usage",
		retry: false,
		meaning: "Two settings files have one name, such as prod.yaml and prod.yml, and so would share their records.",
		remedy: "Remove or rename one of them.",
	},
	config_unreadable: {
		exit: "usage",
		retry: false,
		meaning: "What is named cres.yaml, or given with --config, is no file that can be read.",
		remedy: "Name a file that you may read.",
	},
	env_file_unreadable: {
		exit: "usage",
		retry: false,
		meaning: ".env is no readable UTF-8 file.",
		remedy: "Make it a UTF-8 file that you may read.",
	},
	init_failed: {
		exit: "failed",
		retry: false,
		meaning: "cres init could not write one of its files.",
		remedy: "Make the directory writable, then run it again.",
	},
	tls_file_invalid: {
		exit: "usage",
		retry: false,
		meaning: "A file that temporal.tls names cannot be read, or is not the PEM that is expected there.",
		remedy: "Correct the path in cres.yaml, or write the file again.",
	},
	workflows_context: {
		exit: "usage",
		retry: false,
		meaning: "The path filters and steps of GitHub workflows cannot name the directory that image.context names.",
		remedy: "Name a directory inside of the repository, of letters, digits and . _ - / alone.",
	},
	workflows_not_at_top: {
		exit: "usage",
		retry: false,
		meaning: "GitHub reads workflows only at the top of a repository, and cres.yaml lies below it.",
		remedy: "Run cres init --ci at the top of the repository; image.context may name the directory below.",
	},
} as const satisfies Record<string, Entry>;
