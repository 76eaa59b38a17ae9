import type { Entry } from "./entry.ts";

export const cliErrors = {
	confirmation_needed: {
		exit: "usage",
		retry: false,
		meaning: "The command has a question, and there is no terminal to ask on.",
		remedy: "Check it yourself, then add the flag that answers it.",
	},
	hung_up: {
		exit: "terminated",
		retry: true,
		meaning: "The terminal of the command was closed (SIGHUP).",
		remedy: "Run the command again.",
	},
	input_missing: {
		exit: "usage",
		retry: false,
		meaning: "The file of --input or --file cannot be read.",
		remedy: "Correct the path; --input takes it after @.",
	},
	interrupted: {
		exit: "interrupted",
		retry: true,
		meaning: "Ctrl-C stopped the command.",
		remedy: "Run the command again.",
	},
	log_file_unusable: {
		exit: "usage",
		retry: false,
		meaning: "The file of --log-file cannot be written.",
		remedy: "Name a file that you may write.",
	},
	no_instance: {
		exit: "usage",
		retry: false,
		meaning: "No instance was named.",
		remedy: "Name some, or give --all.",
	},
	replace_several: {
		exit: "usage",
		retry: false,
		meaning: "--replace was given with more than one instance.",
		remedy: "Replace one at a time: cres deploy INSTANCE --replace.",
	},
	role_missing: {
		exit: "usage",
		retry: false,
		meaning: "An instance that is new to cres.yaml has no role yet, and there is no terminal to ask on.",
		remedy: "Add --role cpu or --role gpu, or both.",
	},
	terminated: {
		exit: "terminated",
		retry: true,
		meaning: "SIGTERM stopped the command.",
		remedy: "Run the command again.",
	},
	unknown_canary: {
		exit: "usage",
		retry: false,
		meaning: "--canary names an instance that is not part of this deploy.",
		remedy: "Name one of the instances of this deploy.",
	},
	unknown_command: {
		exit: "unknownCommand",
		retry: false,
		meaning: "cres has no command of that name.",
		remedy: "Take one of those that cres --help lists.",
	},
	usage: {
		exit: "usage",
		retry: false,
		meaning: "A flag or an argument is missing, unknown or wrong.",
		remedy: "Add --help to see arguments and flags.",
	},
} as const satisfies Record<string, Entry>;
