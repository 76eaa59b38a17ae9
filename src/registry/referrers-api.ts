import { addressIn } from "../system/redirect.ts";
import type { HttpReply } from "./http.ts";
import { isDigest, type Digest } from "./image-reference.ts";
import { listedIn } from "./schemas.ts";

/**
 * What a registry answers that lists referrers, and what others do. GHCR redirects (303) to a page that is no index and
 * limits how often it is asked, so a redirect is never followed.
 */
export const REFERRERS_STATUSES: readonly number[] = [200, 301, 302, 303, 307, 308, 404, 405, 501];

/** Far more than one image has. */
const MOST_PAGES = 20;

/** All pages of one listing (distribution-spec v1.1, "Listing Referrers"); undefined where the answer is no index. */
export async function referrersApi(get: (url: URL) => Promise<HttpReply>, first: URL): Promise<Digest[] | undefined> {
	const found: Digest[] = [];
	let url: URL | undefined = first;
	for (let page = 0; url !== undefined && page < MOST_PAGES; page++) {
		const reply = await get(url);
		const listed = reply.status === 200 ? listedIn(reply.body) : undefined;
		if (listed === undefined) return undefined;
		found.push(...listed.map(({ digest }) => digest).filter(isDigest));
		url = nextPage(url, reply);
	}
	return found;
}

/** RFC 8288; a page on another server is not asked for. */
function nextPage(asked: URL, { headers }: HttpReply): URL | undefined {
	const target = /<([^<>]+)>\s*;\s*rel="?next"?/.exec([headers.link ?? []].flat().join(", "))?.[1];
	const next = target === undefined ? undefined : addressIn(asked, target);
	return next?.origin === asked.origin ? next : undefined;
}
