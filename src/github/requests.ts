import { UserError, messageOf } from "../errors/errors.ts";
import type { Config } from "../config/config.ts";
import type { Secret } from "../secrets/secret.ts";
import { isLoopback } from "../system/hosts.ts";
import { wholeResponse } from "../system/limits.ts";

const TIMEOUT_MS = 20_000;
const MOST_BYTES = 8 << 20;

/**
 * One call of GitHub's REST API, such as `POST /repos/{owner}/{repo}/pulls`; undefined where it answers 404.
 * @see https://docs.github.com/en/rest
 */
export type GithubRequest = (route: string, parameters?: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** Token, repository and API of the configuration. @throws UserError github_unset (usage) */
export function githubAccess({ secret, value }: Pick<Config, "secret" | "value">) {
	const [token, repository] = [secret("GITHUB_TOKEN"), value("GITHUB_REPOSITORY") ?? ""];
	const url = URL.parse(value("GITHUB_API_URL") ?? "");
	if (!token) throw unset("GITHUB_TOKEN is not set");
	if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw unset(`GITHUB_REPOSITORY ${repository} is no owner/name`);
	if (!url || (url.protocol !== "https:" && !isLoopback(url.hostname)))
		throw unset("GITHUB_API_URL is neither HTTPS nor on this machine");
	return { token, repository, baseUrl: url.href.replace(/\/$/, "") };
}

const unset = (message: string) =>
	new UserError("github_unset", message, {
		hint: "set GITHUB_TOKEN and GITHUB_REPOSITORY (owner/name) in .env, then the same command again",
	});

/**
 * Calls with a token, which goes to `baseUrl` only; redirects are refused.
 * @throws UserError github_refused, github_unreachable
 */
export async function githubRequests(
	token: Secret,
	baseUrl: string,
	signal: AbortSignal,
	timeoutMs = TIMEOUT_MS,
): Promise<GithubRequest> {
	const { Octokit } = await import("@octokit/rest");
	const quiet = { debug() {}, info() {}, warn() {}, error() {} };
	const octokit = new Octokit({ auth: token.reveal(), baseUrl, log: quiet, request: { redirect: "error" } });
	const bounded = async (...of: Parameters<typeof fetch>) => wholeResponse(await fetch(...of), MOST_BYTES);
	return async (route, parameters) => {
		const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
		try {
			return (await octokit.request(route, { ...parameters, request: { signal: limit, fetch: bounded } })).data;
		} catch (error) {
			signal.throwIfAborted();
			const { status } = error as { status?: number };
			if (status === 404) return undefined;
			throw status === undefined || status >= 500 ? unreachable(baseUrl, error) : refused(route, status, error);
		}
	};
}

const unreachable = (baseUrl: string, cause: unknown) =>
	new UserError("github_unreachable", `${baseUrl} does not answer as GitHub does: ${messageOf(cause)}`, {
		hint: "check the network, then the same command again",
		cause,
	});

const refused = (route: string, status: number, cause: unknown) =>
	new UserError("github_refused", `GitHub answers ${status} to ${route}: ${messageOf(cause)}`, {
		hint: "give GITHUB_TOKEN the permissions contents: write and pull-requests: write, then the same command again",
		cause,
	});
