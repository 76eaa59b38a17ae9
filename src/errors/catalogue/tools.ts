import type { Entry } from "./entry.ts";

export const toolErrors = {
	tool_fetch_failed: {
		exit: "failed",
		retry: true,
		meaning: "A program that checks of triage run could not be fetched.",
		remedy: "Check the network and PIP_INDEX_URL, then run cres tools fetch again.",
	},
	tool_index_invalid: {
		exit: "usage",
		retry: false,
		meaning: "PIP_INDEX_URL is not an https address without a user and password.",
		remedy: "Unset it, or name a mirror that needs no password.",
	},
	tool_not_pinned: {
		exit: "failed",
		retry: false,
		meaning: "The index serves another file than the one whose hash is pinned.",
		remedy: "Do not use that file; ask who runs the index.",
	},
	unknown_tool: {
		exit: "usage",
		retry: false,
		meaning: "cres fetches no tool of that name.",
		remedy: "cres tools fetch without a name fetches all.",
	},
} as const satisfies Record<string, Entry>;
