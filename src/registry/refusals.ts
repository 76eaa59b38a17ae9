import { UserError, codeOf, messageOf } from "../errors/errors.ts";
import { redact } from "../secrets/secret.ts";
import type { HttpReply, HttpRequest } from "./http.ts";

/** Characters of a refusal, or of a page's title, that a message shows. */
const MOST_CHARACTERS = 300;
const MOST_TITLE = 80;

/** What an answer is that no registry gives: a page for people. Undefined where it is none. */
export function pageIn({ headers, body }: Pick<HttpReply, "headers" | "body">): string | undefined {
	if (!/^text\/html\b/i.test(headers["content-type"] ?? "")) return undefined;
	const title = /<title[^>]*>([^<]*)/i.exec(plain(body))?.[1]?.trim().slice(0, MOST_TITLE);
	return title ? `an HTML page, ${JSON.stringify(title)}` : "an HTML page";
}

/** Redacted before it is cut: a secret that is cut would not be known. */
const plain = (body: Buffer): string => redact(body.toString("utf8")).slice(0, 10_000).replaceAll(/\s+/g, " ").trim();

/** A page where a registry should be: a proxy, a login page, or another server. */
export const notRegistry = (host: string, { status, url }: HttpReply, page: string) =>
	new UserError("registry_error", `${url.host} answered HTTP ${status} with ${page}, not as a registry`, {
		hint: `set registry.push.address in cres.yaml to the registry's own host (now ${host}), or have the proxy before it let /v2/ through, then cres doctor`,
	});

/** No answer: a connection, TLS or name that failed. */
export const unreachable = (host: string, cause: unknown) =>
	new UserError(
		"registry_unreachable",
		`the registry ${host} cannot be reached: ${messageOf(cause) || codeOf(cause)}`,
		{
			hint: "check registry.push (address, tls, ca) in cres.yaml, then cres doctor",
			cause,
		},
	);

/** 401 or 403, with or without a credential of ours. */
export const unauthorized = (host: string, { status }: HttpReply, hasCredential: boolean) =>
	new UserError(
		"registry_unauthorized",
		`the registry ${host} refuses ${hasCredential ? "the credential" : "access without a credential"} (HTTP ${status})`,
		{
			hint: `${hasCredential ? "correct" : "set"} REGISTRY_USERNAME and REGISTRY_PASSWORD in .env, then cres doctor`,
		},
	);

/** The credential may be good for reading, and for other repositories. */
export const pushDenied = (host: string, repository: string, cause: UserError) =>
	new UserError("push_denied", `the registry ${host} does not let you push to ${repository}: ${cause.message}`, {
		hint:
			host === "ghcr.io"
				? "GHCR takes a classic token with write:packages, of an account with write access to the package (its page, Package settings)"
				: `give REGISTRY_USERNAME the right to push to ${repository}, or correct image.repository in cres.yaml, then cres doctor`,
		cause,
	});

/** Any other status, with what the registry says of it (distribution-spec, "Error Codes"). */
export function refused({ method }: HttpRequest, { status, body, url, headers }: HttpReply): UserError {
	const detail = pageIn({ headers, body }) ?? plain(body).slice(0, MOST_CHARACTERS);
	return new UserError(
		"registry_error",
		`the registry ${url.host} answered HTTP ${status} to ${method} ${url.pathname}${detail ? `: ${detail}` : ""}`,
		{
			hint:
				status === 429
					? "the registry limits how often it is asked: wait a minute, then run the command again"
					: "look at the registry's log, then cres doctor",
		},
	);
}
