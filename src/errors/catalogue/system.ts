import type { Entry } from "./entry.ts";

export const systemErrors = {
	program_missing: {
		exit: "failed",
		retry: false,
		meaning: "A program that the command calls is not installed.",
		remedy: "Install it, or put it on PATH.",
	},
	unsafe_redirect: {
		exit: "failed",
		retry: false,
		meaning: "A server names an address that is not followed, such as plain HTTP after HTTPS.",
		remedy: "Let the server, or the proxy before it, name https addresses.",
	},
	windows_query_failed: {
		exit: "failed",
		retry: true,
		meaning: "Windows PowerShell did not tell what was asked.",
		remedy: "Run the same question by hand, as the message says.",
	},
} as const satisfies Record<string, Entry>;
