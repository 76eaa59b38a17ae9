import type { Entry } from "./entry.ts";

export const generalErrors = {
	file_forbidden: {
		exit: "failed",
		retry: false,
		meaning: "A file or directory does not allow what cres has to do.",
		remedy: "Correct its owner and permissions.",
	},
	file_unusable: {
		exit: "failed",
		retry: false,
		meaning: "A path is of the wrong kind, such as a directory in place of a file.",
		remedy: "Correct what is at that path.",
	},
	local_disk_full: {
		exit: "failed",
		retry: false,
		meaning: "This machine has no space left for a file that cres writes.",
		remedy: "Free space on that disk.",
	},
	preflight: {
		exit: "failed",
		retry: false,
		meaning: "Several preflight checks failed; nothing was changed, and the exit code is the highest of theirs.",
		remedy: "Do what each line says.",
	},
	proxy_invalid: {
		exit: "usage",
		retry: false,
		meaning: "A proxy variable of the environment (HTTPS_PROXY, HTTP_PROXY) is no address.",
		remedy: "Write it as http://HOST:PORT, or unset it.",
	},
	too_many_open_files: {
		exit: "failed",
		retry: true,
		meaning: "cres cannot open more files on this machine.",
		remedy: "Raise the limit (ulimit -n), or do less at a time.",
	},
	working_directory_gone: {
		exit: "failed",
		retry: false,
		meaning: "The directory in which the command was typed has been removed.",
		remedy: "Change into another one (cd).",
	},
} as const satisfies Record<string, Entry>;
