import { UserError } from "../errors/errors.ts";

const REDIRECTS = [301, 302, 303, 307, 308]; // RFC 9110, section 15.4
/** Of one call; an answer that redirects once more is the answer. */
export const MOST_REDIRECTS = 5;

/** Whether a status sends the request to another address. */
export const isRedirect = (status: number): boolean => REDIRECTS.includes(status);

/**
 * The address that an answer of `from` names, absolute or relative to `from` (RFC 9110, section 10.2.2).
 * @throws UserError unsafe_redirect for what is no http address, and for plain HTTP after HTTPS
 */
export function addressIn(from: URL, location: string): URL {
	const to = URL.parse(location, from.href);
	if (to === null || !/^https?:$/.test(to.protocol)) throw unsafe(from, "an address that is not HTTP");
	if (from.protocol === "https:" && to.protocol === "http:")
		throw unsafe(from, `an address over plain HTTP, ${to.origin}${to.pathname}`);
	return to;
}

/** @param what the address without its query, which may hold a signature */
export const unsafe = (from: URL, what: string): UserError =>
	new UserError("unsafe_redirect", `${from.host} names ${what}; nothing was sent there`, {
		hint: `let ${from.host} answer with https addresses (behind a proxy: X-Forwarded-Proto: https), then the same command again`,
	});

/**
 * GET without a credential: each redirect is checked by addressIn before it is followed.
 * @throws UserError unsafe_redirect, and what fetch throws
 */
export async function fetchOpen(address: string | URL, signal: AbortSignal): Promise<Response> {
	let url = new URL(address);
	for (let hops = 0; ; hops++) {
		const response = await fetch(url, { signal, redirect: "manual" });
		const location = response.headers.get("location");
		if (!isRedirect(response.status) || location === null || hops === MOST_REDIRECTS) return response;
		await response.body?.cancel();
		url = addressIn(url, location);
	}
}
