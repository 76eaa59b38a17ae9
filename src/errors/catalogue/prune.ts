import type { Entry } from "./entry.ts";

export const pruneErrors = {
	no_daemon: {
		exit: "usage",
		retry: false,
		meaning: "The instance is a contract, which has no Docker daemon of ours.",
		remedy: "Prune the registry instead.",
	},
	unknown_running: {
		exit: "failed",
		retry: false,
		meaning: "An instance runs an image that no record and no tag names.",
		remedy: "Deploy a release there first.",
	},
} as const satisfies Record<string, Entry>;
