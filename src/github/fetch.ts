import { UserError, codeOf } from "../errors/errors.ts";
import { wholeResponse } from "../system/limits.ts";
import { addressIn, isRedirect } from "../system/redirect.ts";

/** A page of 100 runs or jobs with their steps has some 2 MB. */
const MOST_BYTES = 16 << 20;
const MOST_REDIRECTS = 5;
/** Answers that are kept to be asked for again. */
const MOST_KEPT = 50;

export interface FetchOptions {
	/** The only origin that is ever asked: the token is for it. */
	origin: string;
	/** What one whole answer may take, in milliseconds. */
	timeoutMs: number;
	/** Ends every call. */
	signal: AbortSignal | undefined;
	mostBytes?: number;
}

/** What no plugin of Octokit asks again: they take it for a call that its caller has given up. */
class Stop extends Error {
	override readonly name = "AbortError";
}

/**
 * fetch for Octokit: whole answers within a time and a size, redirects within the origin only, and reads that were
 * answered before with their ETag, which do not count against the rate limit while nothing has changed.
 * @see https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
 */
export function createFetch({ origin, timeoutMs, signal, mostBytes = MOST_BYTES }: FetchOptions): typeof fetch {
	const kept = new Map<string, { etag: string; response: Response }>();
	const ask = async (input: Parameters<typeof fetch>[0], init: RequestInit = {}): Promise<Response> => {
		const { method = "GET", headers } = init;
		const key = String(input instanceof Request ? input.url : input);
		const known = method === "GET" ? kept.get(key) : undefined;
		const sent = new Headers(headers);
		if (known) sent.set("if-none-match", known.etag);
		const request = { ...init, headers: sent, signal: limit(timeoutMs, signal, init.signal) };
		const response = await wholeResponse(await follow(origin, key, request), mostBytes);
		if (response.status === 304 && known) return known.response.clone();
		const etag = response.headers.get("etag");
		if (method === "GET" && response.ok && etag !== null) keep(kept, key, { etag, response: response.clone() });
		return response;
	};
	return (...of) =>
		ask(...of).catch((error: unknown) => {
			const isFinal = signal?.aborted || error instanceof UserError || isNowhere(error);
			throw isFinal ? new Stop("stopped", { cause: error }) : error;
		});
}

/** Nothing listens there, no such name, or a certificate that is not trusted: another try is answered the same. */
function isNowhere(error: unknown): boolean {
	const code = codeOf(Object(error).cause) ?? "";
	return ["ECONNREFUSED", "ENOTFOUND"].includes(code) || /CERT|SIGNATURE|ALTNAME/.test(code);
}

const limit = (ms: number, ...signals: (AbortSignal | null | undefined)[]): AbortSignal =>
	AbortSignal.any([
		AbortSignal.timeout(ms),
		...signals.filter((one): one is AbortSignal => one instanceof AbortSignal),
	]);

function keep<T>(kept: Map<string, T>, key: string, value: T): void {
	const [oldest] = kept.keys();
	if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
	kept.set(key, value);
}

/** A renamed repository is answered with a redirect (301, and 307 for what is no GET). */
async function follow(origin: string, address: string, init: RequestInit): Promise<Response> {
	let url = new URL(address);
	for (let hops = 0; ; hops++) {
		if (url.origin !== origin) throw elsewhere(origin, url);
		const response = await fetch(url, { ...init, redirect: "manual" });
		const location = response.headers.get("location");
		if (!isRedirect(response.status) || location === null || hops === MOST_REDIRECTS) return response;
		await response.body?.cancel();
		const keepsMethod = response.status === 307 || response.status === 308;
		if (init.method !== undefined && init.method !== "GET" && !keepsMethod)
			throw elsewhere(origin, addressIn(url, location));
		url = addressIn(url, location);
	}
}

const elsewhere = (origin: string, { origin: there, pathname }: URL) =>
	new UserError("unsafe_redirect", `${origin} sends on to ${there}${pathname}; nothing was sent there`, {
		hint: "correct github.api and github.repository in cres.yaml: a renamed repository has another name there",
	});
