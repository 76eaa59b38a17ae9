import { z } from "zod";
import { UserError } from "../errors/errors.ts";
import type { HttpReply } from "./http.ts";

/** `null` is what docker-registry lists when the last tag has gone. */
const pageSchema = z.object({ tags: z.array(z.string().max(128)).nullish() });

/** Tags of one page of a listing (distribution-spec, end-8a). @throws UserError registry_error */
export function tagsIn({ body, url }: Pick<HttpReply, "body" | "url">): string[] {
	try {
		return pageSchema.parse(JSON.parse(body.toString())).tags ?? [];
	} catch (cause) {
		throw new UserError(
			"registry_error",
			`the registry ${url.host} lists the tags at ${url.pathname} in no known form`,
			{
				hint: "look at the registry's log, then cres doctor",
				cause,
			},
		);
	}
}

/** Where the listing goes on: `Link: </v2/…?last=…>; rel="next"` (RFC 8288), on the same origin only. */
export function nextPage(asked: URL, { headers }: Pick<HttpReply, "headers">): URL | undefined {
	const { link } = headers;
	const target = /<([^>]+)>\s*;[^,]*\brel="?next"?/i.exec(String(link ?? ""))?.[1];
	if (target === undefined || !URL.canParse(target, asked.href)) return undefined;
	const next = new URL(target, asked);
	return next.origin === asked.origin ? next : undefined;
}
