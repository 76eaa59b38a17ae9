import { codeOf, messageOf } from "../errors/errors.ts";
import { redact, type Secret } from "../secrets/secret.ts";
import { jsonOf } from "../system/json.ts";
import { wholeResponse } from "../system/limits.ts";
import type { Route } from "./routes.ts";

const LONGEST_DETAIL = 300;
/** A page of 25 contracts has some 200 kB, offers less. */
const MOST_BYTES = 16 << 20;

/**
 * Why a call brought no answer to read.
 * `unsent`: it never reached the platform · `rate-limited`: refused, too early · `lost`: no or no whole reply ·
 * `unavailable`: something before the platform answered · `crashed`: the platform failed at it · `garbled`: a reply
 * that is no JSON · `unauthorized`, `forbidden`, `refused`: the platform said no · `misdirected`: the address is wrong
 * or not trusted
 */
export type Reason =
	| "unsent"
	| "rate-limited"
	| "lost"
	| "unavailable"
	| "crashed"
	| "garbled"
	| "unauthorized"
	| "forbidden"
	| "refused"
	| "misdirected";

export interface Failure {
	reason: Reason;
	/** HTTP status; undefined when there was no reply. */
	status: number | undefined;
	/** The platform's own code, such as `no_such_ask`. */
	code: string | undefined;
	/** Redacted, one line. */
	detail: string;
	/** How long the platform asks to wait, in its milliseconds. */
	retryAfterMs: number | undefined;
	/** The whole reply when it was JSON. */
	body: unknown;
}

type Reply = { ok: true; status: number; body: unknown } | { ok: false; failure: Failure };

/** What is asked of a route. */
export interface Ask {
	/** For `{id}` of the path. */
	id?: number;
	query?: Readonly<Record<string, string>>;
	body?: unknown;
}

export interface TransportOptions {
	/** Origin of the API. */
	url: string;
	key: Secret;
	/** How long a whole reply may take, in milliseconds of real time. */
	timeoutMs: number;
	signal?: AbortSignal | undefined;
}

export type Transport = (route: Route, ask: Ask) => Promise<Reply>;

/** The route's path for the contract that is asked for, without a query. */
export const pathOf = ({ path }: Route, { id }: Ask): string => path.replace("{id}", String(id));

/** One request, one reply; nothing is repeated. Throws only when `signal` aborts. */
export function createTransport({ url, key, timeoutMs, signal }: TransportOptions): Transport {
	return async (route, ask) => {
		const address = new URL(pathOf(route, ask), url);
		for (const [name, value] of Object.entries(ask.query ?? {})) address.searchParams.set(name, value);
		const request = {
			method: route.method,
			redirect: "error", // a redirected PUT would arrive as a GET
			headers: {
				authorization: `Bearer ${key.reveal()}`,
				accept: "application/json",
				...(ask.body === undefined ? {} : { "content-type": "application/json" }),
			},
			...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
		} satisfies RequestInit;
		try {
			const response = await wholeResponse(
				await fetch(address, { ...request, signal: limitedTo(timeoutMs, signal) }),
				MOST_BYTES,
			);
			return readReply(response.status, response.headers, await response.text());
		} catch (error) {
			signal?.throwIfAborted();
			return { ok: false, failure: broken(error, timeoutMs) };
		}
	};
}

/** Aborts after `ms` of real time, or with `signal`. */
export const limitedTo = (ms: number, signal: AbortSignal | undefined): AbortSignal =>
	AbortSignal.any([AbortSignal.timeout(ms), ...(signal ? [signal] : [])]);

const failed = (reason: Reason, rest: Partial<Failure> & Pick<Failure, "detail">): { ok: false; failure: Failure } => ({
	ok: false,
	failure: { status: undefined, code: undefined, retryAfterMs: undefined, body: undefined, ...rest, reason },
});

const REASON_OF_STATUS: Readonly<Record<number, Reason>> = {
	401: "unauthorized",
	403: "forbidden",
	429: "rate-limited",
};
/** Of a gateway, or of the network that stands before the platform (520–524). */
const UNAVAILABLE = [502, 503, 504, 520, 521, 522, 523, 524];

/** Success is 2xx without `success: false`. */
function readReply(status: number, headers: Pick<Headers, "get">, text: string): Reply {
	const body = jsonOf(text);
	const said = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
	const success = status >= 200 && status < 300;
	if (success && body === undefined && text.trim() !== "")
		return failed("garbled", { status, detail: detailOf(said, text) });
	if (success && said["success"] !== false) return { ok: true, status, body };
	const code = codeIn(said, text);
	return failed(reasonOf(status, code), {
		status,
		code,
		detail: detailOf(said, text),
		retryAfterMs: retryAfter(headers.get("retry-after"), text),
		body,
	});
}

function reasonOf(status: number, code: string | undefined): Reason {
	if (code === "rate_limit_exceeded") return "rate-limited";
	if (UNAVAILABLE.includes(status)) return "unavailable";
	return REASON_OF_STATUS[status] ?? (status >= 500 ? "crashed" : "refused");
}

/** `error`, else the word in `error 404/3603: no_such_ask …`. */
function codeIn(said: Record<string, unknown>, text: string): string | undefined {
	if (typeof said["error"] === "string" && /^\w+$/.test(said["error"])) return said["error"];
	return /error \d{3}\/\d+: (\w+)/.exec(text)?.[1];
}

function detailOf(said: Record<string, unknown>, text: string): string {
	const words = [said["msg"], said["detail"], said["error"]].find((one) => typeof one === "string");
	const plain = words ?? (/^\s*</.test(text) ? "an HTML page" : text);
	return redact(plain).replaceAll(/\s+/g, " ").trim().slice(0, LONGEST_DETAIL);
}

/** The header in seconds (RFC 9110, section 10.2.3), else the interval that the refusal names; milliseconds. */
function retryAfter(header: string | null, text: string): number | undefined {
	const seconds = Number(header ?? /threshold=(\d+(?:\.\d+)?)/.exec(text)?.[1] ?? Number.NaN);
	return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

/** Codes of Node's and undici's errors for a connection that was never made. */
const UNSENT = [
	...["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL"],
	"UND_ERR_CONNECT_TIMEOUT",
];
const UNTRUSTED = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_|ERR_SSL_)/;

/** What fetch threw. The error itself is not kept: it may carry the request, and so the key. */
function broken(error: unknown, timeoutMs: number): Failure {
	if ((error as Error).name === "TimeoutError")
		return failed("lost", { detail: `no answer in ${timeoutMs / 1000} s` }).failure;
	const cause = (error as { cause?: unknown }).cause ?? error;
	const code = codeOf(cause) ?? "";
	const detail = redact(messageOf(cause) || code);
	if (UNTRUSTED.test(code) || detail === "unexpected redirect") return failed("misdirected", { detail }).failure;
	return failed(UNSENT.includes(code) ? "unsent" : "lost", { detail }).failure;
}
