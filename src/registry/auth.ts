import { z } from "zod";
import { UserError } from "../errors/errors.ts";
import { Secret } from "../secrets/secret.ts";
import type { Send } from "./http.ts";
import { realmOf } from "./trust.ts";
import { jsonOf } from "../system/json.ts";

export interface RegistryCredential {
	username: string;
	password: Secret;
}

/** One challenge of a WWW-Authenticate header (RFC 9110, section 11.6.1). */
export interface Challenge {
	scheme: "basic" | "bearer";
	parameters: Record<string, string>;
}

/** What is asked for, as `repository:<name>:pull,push`; undefined for the registry itself. */
export type Scope = string | undefined;

export interface Authorizer {
	/** The Authorization header that is known to be wanted for this scope, if any. */
	header(scope: Scope): string | undefined;
	/**
	 * Answers a 401 of the registry; false when there is no answer to give.
	 * @throws UserError unsafe_redirect when the token server is not one that may see the credential
	 */
	answer(wwwAuthenticate: string | undefined, scope: Scope): Promise<boolean>;
}

const DEFAULT_TOKEN_SECONDS = 60; // distribution "token authentication specification": expires_in is optional
const SAFETY_MS = 10_000;
const tokenSchema = z.object({
	token: z.string().optional(),
	access_token: z.string().optional(),
	expires_in: z.number().optional(),
});

/** The bearer challenge of WWW-Authenticate (RFC 9110, 11.6.1); undefined for another scheme or none. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
	const match = /^\s*(basic|bearer)\b/i.exec(header ?? "");
	if (!match) return undefined;
	const pairs = header!.slice(match[0].length).matchAll(/([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi);
	const parameters = [...pairs].map(([, name, quoted, plain]) => [
		name!.toLowerCase(),
		quoted?.replaceAll(/\\(.)/g, "$1") ?? plain!,
	]);
	return {
		scheme: match[1]!.toLowerCase() as Challenge["scheme"],
		parameters: Object.fromEntries(parameters) as Record<string, string>,
	};
}

/**
 * Anonymous until asked; then Basic, or Bearer by the distribution token specification, one cached token a scope.
 * @param registry its origin: what it serves over HTTPS is never asked for over plain HTTP
 */
export function createAuthorizer(send: Send, credential: RegistryCredential | undefined, registry: URL): Authorizer {
	const tokens = new Map<Scope, { token: Secret; until: number }>();
	let wantsBasic = false;
	const basic = () => credential && `Basic ${encode(`${credential.username}:${credential.password.reveal()}`)}`;
	return {
		header(scope) {
			if (wantsBasic) return basic();
			const held = tokens.get(scope);
			return held && held.until > Date.now() ? `Bearer ${held.token.reveal()}` : undefined;
		},
		async answer(wwwAuthenticate, scope) {
			const challenge = parseChallenge(wwwAuthenticate);
			if (challenge?.scheme === "basic") return (wantsBasic = credential !== undefined);
			const { realm, ...asked } = challenge?.parameters ?? {};
			if (challenge?.scheme !== "bearer" || !realm) return false;
			const held = await fetchToken(send, realmOf(registry, realm), asked, scope, basic());
			if (held) tokens.set(scope, held);
			return held !== undefined;
		},
	};
}

async function fetchToken(
	send: Send,
	url: URL,
	{ service, scope: asked }: Record<string, string>,
	scope: Scope,
	authorization: string | undefined,
): Promise<{ token: Secret; until: number } | undefined> {
	if (service) url.searchParams.set("service", service);
	const wanted = scope ?? asked;
	if (wanted) url.searchParams.set("scope", wanted);
	const reply = await send({ method: "GET", url, headers: { authorization } });
	if (reply.status === 401 || reply.status === 403) return undefined;
	const parsed = reply.status === 200 ? tokenSchema.safeParse(jsonOf(reply.body)) : undefined;
	const token = parsed?.data?.token ?? parsed?.data?.access_token;
	if (token === undefined)
		throw new UserError("registry_error", `${url.host} gave no token (HTTP ${reply.status})`, {
			hint: "check that the registry's token server runs, then cres doctor",
		});
	const lifeMs = (parsed?.data?.expires_in ?? DEFAULT_TOKEN_SECONDS) * 1000;
	return { token: new Secret(token), until: Date.now() + lifeMs - SAFETY_MS };
}

const encode = (text: string) => Buffer.from(text).toString("base64");
