import type { Entry } from "./entry.ts";

export const perimeterErrors = {
	perimeter_invalid: {
		exit: "failed",
		retry: false,
		meaning: "docs/Perimeter.md has a fault in its table of endpoints.",
		remedy: "See what is wrong with cres perimeter show.",
	},
	perimeter_missing: {
		exit: "usage",
		retry: false,
		meaning: "docs/Perimeter.md is not there.",
		remedy: "Run cres init: it writes one to fill in.",
	},
	plain_connection: {
		exit: "failed",
		retry: false,
		meaning: "Temporal or the object store would be spoken to in clear, and docs/Perimeter.md does not allow it.",
		remedy: "Set temporal.tls or store.secure, or add the row that the message names to docs/Perimeter.md.",
	},
} as const satisfies Record<string, Entry>;
