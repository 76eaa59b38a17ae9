import { z } from "zod";
import { UserError, reasonOf } from "../errors/errors.ts";
import { redact } from "../secrets/secret.ts";

const LONGEST_DETAIL = 300;

/** The parts of Octokit's RequestError that are read. */
interface Refusal {
	status?: number;
	request?: { method?: string; url?: string };
	response?: { headers?: Record<string, string | number | undefined>; data?: unknown };
	cause?: unknown;
}

/** What a call of GitHub's API threw, as the error that a person reads; `baseUrl` is that of the API. */
export function githubError(error: unknown, baseUrl: string): UserError {
	const { status, response, cause } = error as Refusal;
	if (error instanceof UserError) return error;
	if (cause instanceof UserError) return cause;
	if (error instanceof z.ZodError) return unreadable(baseUrl, z.prettifyError(error));
	if (!response) return unreachable(`${baseUrl} does not answer: ${clean(reasonOf(cause ?? error))}`, error);
	if (status === 401) return tokenInvalid(error);
	if (isLimit(status, response)) return rateLimited(response, error);
	if (status === 403) return forbidden(error as Refusal);
	if (status === 404) return notFound(error as Refusal);
	if (status !== undefined && status >= 500)
		return unreachable(`${baseUrl} answers HTTP ${status} to ${asked(error as Refusal)}`, error);
	return new UserError("github_refused", `GitHub refuses ${asked(error as Refusal)}: ${said(response)}`, {
		hint: "correct what the message names, then run the command again",
		cause: error,
	});
}

/** An answer that is none of GitHub's API. */
export const unreadable = (baseUrl: string, fault: string) =>
	unreachable(`${baseUrl} does not answer as GitHub does: ${clean(fault)}`, undefined);

const unreachable = (message: string, cause: unknown) =>
	new UserError("github_unreachable", message, { hint: "check github.api in cres.yaml and the network", cause });

/** Of a primary limit nothing is left; a secondary one says so, or how long to wait. */
const isLimit = (status: number | undefined, { headers = {}, data }: NonNullable<Refusal["response"]>): boolean =>
	status === 429 ||
	(status === 403 &&
		(String(headers["x-ratelimit-remaining"]) === "0" ||
			headers["retry-after"] !== undefined ||
			/\bsecondary rate\b/i.test(JSON.stringify(data ?? ""))));

function rateLimited({ headers = {} }: NonNullable<Refusal["response"]>, cause: unknown): UserError {
	const reset = Number(headers["x-ratelimit-reset"]);
	const later = headers["retry-after"];
	const until =
		later !== undefined
			? `in ${Number(later)} s`
			: reset > 0
				? `after ${new Date(reset * 1000).toISOString()}`
				: "in a minute";
	const most = headers["x-ratelimit-limit"];
	const limit = most === undefined ? "" : ` (${Number(most)} an hour)`;
	return new UserError("github_rate_limited", `GitHub takes no more calls${limit}; it takes them again ${until}`, {
		hint: "run the same command again then",
		cause,
	});
}

/** github_token_invalid. @param needs what the token must be able to do, as ` with …` */
export const tokenInvalid = (cause: unknown, name = "GITHUB_TOKEN", needs = "") =>
	new UserError("github_token_invalid", `GitHub refuses the token in ${name}`, {
		hint: `make a token${needs} and put it into .env as ${name}`,
		cause,
	});

/** GitHub names what the call needs of a fine-grained token, and of a classic one. */
function forbidden(error: Refusal): UserError {
	const { headers = {} } = error.response!;
	const needed = headers["x-accepted-github-permissions"] ?? headers["x-accepted-oauth-scopes"];
	const hint = needed ? `give it ${clean(String(needed))}` : "give it access to the repository";
	return new UserError("github_forbidden", `the token may not ${asked(error)}: ${said(error.response!)}`, {
		hint: `${hint}; in a workflow: permissions`,
		cause: error,
	});
}

const notFound = (error: Refusal) =>
	new UserError("github_not_found", `GitHub has nothing at ${asked(error)}, or hides it from the token`, {
		hint: "check github.repository and github.workflow in cres.yaml, and the token's access",
		cause: error,
	});

function asked({ request }: Refusal): string {
	const path = URL.parse(request?.url ?? "")?.pathname ?? "the call";
	return `${request?.method ?? "GET"} ${clean(path)}`;
}

function said({ data }: NonNullable<Refusal["response"]>): string {
	const { message, errors } = (typeof data === "object" && data !== null ? data : {}) as Record<string, unknown>;
	const more = Array.isArray(errors) ? ` ${JSON.stringify(errors)}` : "";
	return typeof message === "string" ? clean(message + more) : "without a reason";
}

const clean = (text: string): string => redact(text).replaceAll(/\s+/g, " ").trim().slice(0, LONGEST_DETAIL);
