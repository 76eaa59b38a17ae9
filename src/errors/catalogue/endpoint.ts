import type { Entry } from "./entry.ts";

export const endpointErrors = {
	bad_mapping: {
		exit: "usage",
		retry: false,
		meaning: "A port mapping is not written as local:remote.",
		remedy: "Write it as in 18081:8081.",
	},
	not_discoverable: {
		exit: "usage",
		retry: false,
		meaning: "The address of the instance is set in cres.yaml.",
		remedy: "Show it: cres endpoint show INSTANCE.",
	},
	port_busy: {
		exit: "failed",
		retry: false,
		meaning: "A port of this machine is in use.",
		remedy: "Give another local port.",
	},
	port_refused: {
		exit: "failed",
		retry: false,
		meaning: "A port of this machine cannot be opened.",
		remedy: "Give another local port.",
	},
} as const satisfies Record<string, Entry>;
