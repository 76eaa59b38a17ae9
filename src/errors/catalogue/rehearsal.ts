import type { Entry } from "./entry.ts";

export const rehearsalErrors = {
	fault_unknown: {
		exit: "usage",
		retry: false,
		meaning: "The simulated Vast knows no fault of that name.",
		remedy: "See cres rehearse fault --list.",
	},
	rehearsal_down: {
		exit: "failed",
		retry: false,
		meaning: "No simulated Vast answers.",
		remedy: "Run cres rehearse up.",
	},
	rehearsal_failed: {
		exit: "failed",
		retry: false,
		meaning: "A command of the rehearsal's main job failed.",
		remedy: "Read its last lines, which are printed.",
	},
	rehearsal_needs_root: {
		exit: "usage",
		retry: false,
		meaning: "The rehearsal needs Linux and root.",
		remedy: "Run it with sudo on a Linux machine.",
	},
	rehearsal_refused: {
		exit: "usage",
		retry: false,
		meaning: "The simulated Vast refuses the request.",
		remedy: "See cres rehearse fault --list.",
	},
} as const satisfies Record<string, Entry>;
