import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ApiScope, ApiToken } from "../../src/contracts/api-tokens.ts";
import { createLimiter } from "./limiter.ts";

declare module "fastify" {
	interface FastifyContextConfig {
		/** What a token must allow; `none`: no token is asked for. Absent: read. */
		scope?: ApiScope | "none";
	}
}

/** Who may ask the api for what. */
export interface Access {
	/** No token is asked for: the api listens on loopback only, and that was declared. */
	open: boolean;
	tokens: readonly ApiToken[];
	/** Requests a minute that one token may make. */
	ratePerMinute: number;
	/** Milliseconds, monotonic. */
	now: () => number;
}

/** Names of this machine as a Host header gives them. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;
/** Addresses of this machine as X-Forwarded-For gives them. */
const LOOPBACK_ADDRESS = /^(?:127(?:\.\d{1,3}){3}|::1)$/;

/**
 * Asks each request for a bearer token (RFC 6750) of the route's scope, before anything of it is read.
 * Answers 401 without one, 403 where its scope is another one, 429 with Retry-After beyond the rate.
 */
export function guard(app: FastifyInstance, { open, tokens, ratePerMinute, now }: Access): void {
	const limiter = createLimiter({ perMinute: ratePerMinute, now });
	app.addHook("onRequest", async (request, reply) => {
		const scope = request.routeOptions.config.scope ?? "read";
		if (scope === "none") return;
		// A page of a browser can reach loopback under its own name (DNS rebinding), but not without saying so.
		if (open) return isLocal(request) ? undefined : refuse(reply, 403, NOT_LOOPBACK);
		const token = tokenOf(request, tokens);
		const wait = limiter(token ? `token ${token.name}` : `address ${request.ip}`);
		if (wait > 0) return refuse(reply.header("retry-after", wait), 429, `too many requests: again in ${wait} s`);
		if (!token) return refuse(reply.header("www-authenticate", "Bearer"), 401, UNAUTHENTICATED);
		if (token.scopes.includes(scope)) return;
		reply.header("www-authenticate", `Bearer error="insufficient_scope", scope="${scope}"`);
		return refuse(reply, 403, `the token ${token.name} lacks the scope ${scope}`);
	});
}

/**
 * Any page may open a WebSocket here and read what it says (RFC 6455, 10.2): its browser tells where it comes from. A
 * gateway on this machine may be open to the network: it tells who asks.
 */
function isLocal({ headers }: FastifyRequest): boolean {
	const { host = "", origin, upgrade } = headers;
	const forwarded = [headers["x-forwarded-for"] ?? []].flat().join(",").split(",").filter(Boolean);
	if (!LOOPBACK.test(host) || !forwarded.every((address) => LOOPBACK_ADDRESS.test(address.trim()))) return false;
	return upgrade === undefined || origin === undefined || LOOPBACK.test(origin.replace(/^https?:\/\//i, ""));
}

const UNAUTHENTICATED = "a valid bearer token is required: cres api token create makes one";
const NOT_LOOPBACK = "without tokens the api answers requests for localhost only";

const refuse = (reply: FastifyReply, status: number, detail: string): FastifyReply =>
	reply.code(status).send({ detail });

/** Whether a request may see why something is wrong: who has a token, and who asks from the same machine. */
export function seesDetails(request: FastifyRequest, { open, tokens }: Access): boolean {
	const forwarded = ["forwarded", "x-forwarded-for", "via"].some((name) => request.headers[name] !== undefined);
	const local = /^(?:127\.|::1$|::ffff:127\.)/.test(request.socket.remoteAddress ?? "");
	return (open && isLocal(request)) || (local && !forwarded) || tokenOf(request, tokens) !== undefined;
}

/** The known token that a request carries. Every hash is compared, and each in constant time. */
function tokenOf({ headers }: FastifyRequest, tokens: readonly ApiToken[]): ApiToken | undefined {
	const given = /^Bearer +([\x21-\x7e]{1,200})$/i.exec(headers.authorization ?? "")?.[1];
	if (given === undefined) return undefined;
	const digest = createHash("sha256").update(given).digest();
	return tokens.filter(({ hash }) => timingSafeEqual(digest, Buffer.from(hash, "hex")))[0];
}

/** Headers of every answer: nothing is framed, sniffed, kept or referred to. */
export function secureHeaders(app: FastifyInstance): void {
	app.addHook("onSend", async (_request, reply) => {
		reply.headers({
			"x-content-type-options": "nosniff",
			"x-frame-options": "DENY",
			"referrer-policy": "no-referrer",
			"cross-origin-resource-policy": "same-origin",
		});
		if (!reply.hasHeader("content-security-policy"))
			reply.header("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
		if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
	});
}
