import type { Entry } from "./entry.ts";

export const vastErrors = {
	vast_forbidden: {
		exit: "failed",
		retry: false,
		meaning: "The Vast key is not allowed to make that call.",
		remedy: "Give the key the scopes that the message names.",
	},
	vast_key_malformed: {
		exit: "usage",
		retry: false,
		meaning: "VAST_API_KEY holds characters that no key has.",
		remedy: "Copy the key again into .env.",
	},
	vast_key_missing: {
		exit: "usage",
		retry: false,
		meaning: "VAST_API_KEY has no value.",
		remedy: "Make a key on vast.ai and put it into .env.",
	},
	vast_login_malformed: {
		exit: "usage",
		retry: false,
		meaning: "The registry login for Vast contains spaces.",
		remedy: "Set VAST_REGISTRY_USERNAME and VAST_REGISTRY_PASSWORD without spaces.",
	},
	vast_offer_gone: {
		exit: "busy",
		retry: true,
		meaning: "Somebody else took the offer.",
		remedy: "Run the command again: it searches again.",
	},
	vast_rate_limited: {
		exit: "busy",
		retry: true,
		meaning: "Vast asks for fewer calls.",
		remedy: "Wait a minute.",
	},
	vast_refused: {
		exit: "failed",
		retry: false,
		meaning: "Vast refuses a call.",
		remedy: "Read the message, then look with cres instance list.",
	},
	vast_reply_lost: {
		exit: "failed",
		retry: false,
		meaning: "No reply says whether Vast carried out a change.",
		remedy: "Look with cres instance list before you repeat it.",
	},
	vast_time_factor: {
		exit: "usage",
		retry: false,
		meaning: "CRES_VAST_TIME_FACTOR is set, but Vast is not a simulator on this machine.",
		remedy: "Unset CRES_VAST_TIME_FACTOR.",
	},
	vast_unauthorized: {
		exit: "failed",
		retry: false,
		meaning: "Vast does not accept the key.",
		remedy: "Put a valid VAST_API_KEY into .env.",
	},
	vast_unreachable: {
		exit: "failed",
		retry: true,
		meaning: "Vast's API does not answer.",
		remedy: "Check the network and VAST_URL.",
	},
	vast_unreadable: {
		exit: "failed",
		retry: true,
		meaning: "Vast's answer is not as documented.",
		remedy: "Run the command again; if it happens again, cres is too old for Vast's API.",
	},
	vast_url_malformed: {
		exit: "usage",
		retry: false,
		meaning: "VAST_URL is not the origin of an API.",
		remedy: "Correct it in .env, or remove it.",
	},
} as const satisfies Record<string, Entry>;
