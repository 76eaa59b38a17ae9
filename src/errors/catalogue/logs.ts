import type { Entry } from "./entry.ts";

export const logErrors = {
	bad_since: {
		exit: "usage",
		retry: false,
		meaning: "What --since was given is neither an age nor a time.",
		remedy: "Write it as in 10m, 2h or 2026-11-29T12:00:00Z.",
	},
	log_not_kept: {
		exit: "failed",
		retry: false,
		meaning: "No log is kept of that release.",
		remedy: "Name a release that failed: cres releases lists them.",
	},
} as const satisfies Record<string, Entry>;
