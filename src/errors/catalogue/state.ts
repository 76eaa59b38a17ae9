import type { Entry } from "./entry.ts";

export const stateErrors = {
	lease_held: {
		exit: "busy",
		retry: true,
		meaning: "Somebody else is changing the instance.",
		remedy: "Wait until they have ended.",
	},
	lease_lost: {
		exit: "busy",
		retry: true,
		meaning: "Somebody else has the lease of the instance now, or it could not be renewed in time.",
		remedy: "Look with cres status, then run the command again.",
	},
	state_unreadable: {
		exit: "failed",
		retry: false,
		meaning: "A file below .cres cannot be read as what it is.",
		remedy: "Move it away, then follow the hint to create it again.",
	},
} as const satisfies Record<string, Entry>;
