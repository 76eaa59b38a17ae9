import type { Entry } from "./entry.ts";

export const apiErrors = {
	api_token_name: {
		exit: "usage",
		retry: false,
		meaning: "A token of the api cannot be called so.",
		remedy: "Use lower-case letters, digits and -, starting with a letter or digit.",
	},
	api_token_taken: {
		exit: "usage",
		retry: false,
		meaning: "A token of the api has that name already.",
		remedy: "Choose another name, or revoke that token first.",
	},
	api_token_unknown: {
		exit: "usage",
		retry: false,
		meaning: "No token of the api has that name.",
		remedy: "cres api token list shows the tokens.",
	},
	api_tokens_elsewhere: {
		exit: "failed",
		retry: false,
		meaning: "API_TOKENS comes from the process environment, so a change of .env would do nothing.",
		remedy: "Unset it, then run the command again.",
	},
	api_tokens_invalid: {
		exit: "failed",
		retry: false,
		meaning: "API_TOKENS in .env is not a list of tokens.",
		remedy: "Remove the line and create the tokens again.",
	},
} as const satisfies Record<string, Entry>;
