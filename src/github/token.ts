import type { Secret } from "../secrets/secret.ts";
import { githubError, tokenInvalid } from "./failures.ts";
import { createFetch } from "./fetch.ts";
import { openOnce } from "./octokit.ts";

const TIMEOUT_MS = 5_000;
const MOST_BYTES = 1 << 20;

/**
 * The scopes of a classic personal access token, from the X-OAuth-Scopes header; undefined for kinds of token that
 * GitHub gives none (fine-grained ones and those of Actions).
 * @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
 * @param baseUrl of the REST API
 * @throws UserError github_token_invalid, github_unreachable, github_rate_limited, unsafe_redirect
 */
export async function tokenScopes(
	token: Secret,
	signal: AbortSignal,
	baseUrl = "https://api.github.com",
	timeoutMs = TIMEOUT_MS,
): Promise<string[] | undefined> {
	const { origin } = new URL(baseUrl);
	const fetch = createFetch({ origin, timeoutMs, signal, mostBytes: MOST_BYTES });
	const octokit = await openOnce({ baseUrl, token, fetch });
	try {
		const { headers } = await octokit.rest.meta.root();
		const scopes = headers["x-oauth-scopes"];
		return scopes === undefined
			? undefined
			: String(scopes)
					.split(",")
					.map((scope) => scope.trim())
					.filter(Boolean);
	} catch (error) {
		if ((error as { status?: number }).status === 401)
			throw tokenInvalid(error, "REGISTRY_PASSWORD", " with write:packages");
		throw githubError(error, baseUrl);
	}
}
