import { UserError, messageOf } from "../errors/errors.ts";
import type { Secret } from "../secrets/secret.ts";
import { wholeResponse } from "../system/limits.ts";

const TIMEOUT_MS = 5_000;
const MOST_BYTES = 1 << 20;

/**
 * The scopes of a classic personal access token, from the X-OAuth-Scopes header; undefined for kinds of token that
 * GitHub gives none (fine-grained ones and those of Actions).
 * @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
 * @param baseUrl of the REST API
 * @throws UserError github_token_invalid, github_unreachable
 */
export async function tokenScopes(
	token: Secret,
	signal: AbortSignal,
	baseUrl = "https://api.github.com",
	timeoutMs = TIMEOUT_MS,
): Promise<string[] | undefined> {
	const { Octokit } = await import("@octokit/rest");
	const quiet = { debug() {}, info() {}, warn() {}, error() {} };
	const octokit = new Octokit({ auth: token.reveal(), baseUrl, log: quiet, request: { redirect: "error" } });
	const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
	const bounded = async (...of: Parameters<typeof fetch>) => wholeResponse(await fetch(...of), MOST_BYTES);
	try {
		const { headers } = await octokit.rest.meta.root({ request: { signal: limit, fetch: bounded } });
		const scopes = headers["x-oauth-scopes"];
		return scopes === undefined
			? undefined
			: String(scopes)
					.split(",")
					.map((scope) => scope.trim())
					.filter(Boolean);
	} catch (error) {
		throw (error as { status?: number }).status === 401 ? invalid(error) : unreachable(baseUrl, error);
	}
}

const invalid = (cause: unknown) =>
	new UserError("github_token_invalid", "GitHub refuses the token in REGISTRY_PASSWORD", {
		hint: "make a token with write:packages and put it into .env as REGISTRY_PASSWORD",
		cause,
	});

const unreachable = (baseUrl: string, cause: unknown) =>
	new UserError("github_unreachable", `${baseUrl} does not answer as GitHub does: ${messageOf(cause)}`, {
		hint: "check the network, then cres doctor",
		cause,
	});
