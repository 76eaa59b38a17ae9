import type { HttpReply } from "./http.ts";
import { isDigest, type Digest } from "./image-reference.ts";
import { nextPage } from "./next-page.ts";
import { listedIn } from "./schemas.ts";

/**
 * What a registry answers that lists referrers, and what others do. GHCR redirects (303) to a page that is no index and
 * limits how often it is asked, so a redirect is never followed.
 */
export const REFERRERS_STATUSES: readonly number[] = [200, 301, 302, 303, 307, 308, 404, 405, 501];

/** Far more than one image has. */
const MOST_PAGES = 20;

/** All pages of one listing (distribution-spec v1.1, "Listing Referrers") on its own origin; undefined where the answer is no index. */
export async function referrersApi(get: (url: URL) => Promise<HttpReply>, first: URL): Promise<Digest[] | undefined> {
	const found: Digest[] = [];
	let url: URL | "elsewhere" | undefined = first;
	for (let page = 0; url instanceof URL && page < MOST_PAGES; page++) {
		const reply = await get(url);
		const listed = reply.status === 200 ? listedIn(reply.body) : undefined;
		if (listed === undefined) return undefined;
		found.push(...listed.map(({ digest }) => digest).filter(isDigest));
		url = nextPage(url, reply);
	}
	return found;
}
