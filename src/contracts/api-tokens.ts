import { z } from "zod";

/** What a token of the api may do: read what is stored and the documentation, start jobs, rebuild the index. */
export const API_SCOPES = ["read", "submit", "admin"] as const;
export type ApiScope = (typeof API_SCOPES)[number];

/** Name of the environment variable that holds the tokens' hashes. */
export const API_TOKENS = "API_TOKENS";

/** A token as it is stored: never the token itself. */
const tokenSchema = z.object({
	name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/),
	scopes: z.array(z.enum(API_SCOPES)).min(1),
	/**
	 * SHA-256 of the token, hex. One round is enough: a token is 256 random bits, so nobody can guess it from its hash,
	 * and a slow hash would only make each request slow.
	 */
	hash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ApiToken = z.infer<typeof tokenSchema>;

/** An empty secret counts as one that is missing, and the last token must be revocable by a deploy. */
const NO_TOKEN = "none";

/** Shape of API_TOKENS: `name:scope+scope:hash`, by commas; empty or `none`: no token. */
const FORM = "name:scope+scope:sha256, by commas, as cres api token create writes it";

/** Reads API_TOKENS. The value is in no message. */
export const apiTokensSchema = z.string().transform((text, context): ApiToken[] => {
	const parts = text.trim() === NO_TOKEN ? [] : text.split(",").filter((part) => part.trim() !== "");
	const tokens = parts.map((part) => {
		const [name, scopes = "", hash, ...rest] = part.trim().split(":");
		return tokenSchema.safeParse({ name, scopes: scopes.split("+"), hash: rest.length === 0 ? hash : undefined }).data;
	});
	const known = tokens.filter((token) => token !== undefined);
	if (known.length < tokens.length || new Set(known.map(({ name }) => name)).size < known.length) {
		context.addIssue({ code: "custom", message: FORM });
		return z.NEVER;
	}
	return known;
});

/** The value of API_TOKENS. */
export const formatApiTokens = (tokens: readonly ApiToken[]): string =>
	tokens.map(({ name, scopes, hash }) => `${name}:${scopes.join("+")}:${hash}`).join(",") || NO_TOKEN;
