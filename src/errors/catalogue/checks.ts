import type { Entry } from "./entry.ts";

export const checkErrors = {
	triage_bundle_invalid: {
		exit: "failed",
		retry: false,
		meaning: "A file that triage was to read is no bundle, or one of a newer version.",
		remedy: "Make it again with --bundle, with the same version of cres.",
	},
	triage_revision: {
		exit: "failed",
		retry: false,
		meaning: "The revision that triage was to compare with cannot be read.",
		remedy: "Name a commit, branch or tag that git rev-parse knows here.",
	},
	triage_tree_unreadable: {
		exit: "failed",
		retry: false,
		meaning: "The folder that triage was to look at cannot be read.",
		remedy: "Give a folder that this user may read: `cres triage --static PATH`.",
	},
	triage_unreadable: {
		exit: "failed",
		retry: true,
		meaning: "A container tells nothing of itself: its image is none of ours, or what it printed cannot be read.",
		remedy: "See what runs there: cres exec INSTANCE -- node --version.",
	},
	unknown_check: {
		exit: "usage",
		retry: false,
		meaning: "No check of triage has that id or code.",
		remedy: "cres triage list shows the checks.",
	},
} as const satisfies Record<string, Entry>;
