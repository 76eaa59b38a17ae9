import type { HttpReply } from "./http.ts";

/**
 * Where a listing goes on: `Link: </v2/…?last=…>; rel="next"` (RFC 8288), on the same origin only.
 * @returns undefined where this was the last page; "elsewhere" where another follows that is not asked for, because it is
 * on another origin or has no address
 */
export function nextPage(asked: URL, { headers }: Pick<HttpReply, "headers">): URL | "elsewhere" | undefined {
	const link = [headers.link ?? []].flat().join(", ");
	if (!/;\s*rel="?next\b/i.test(link)) return undefined;
	const target = /<([^<>]+)>\s*;[^,]*\brel="?next"?/i.exec(link)?.[1];
	const next = target === undefined ? null : URL.parse(target, asked.href);
	return next?.origin === asked.origin ? next : "elsewhere";
}
