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

/** A listing that goes on where nobody looks: what is not known to be needed would be removed. */
export const goesOn = (host: string, repository: string): UserError =>
	new UserError("registry_error", `the registry ${host} lists more tags of ${repository} than could be read`, {
		hint: "let its next page (Link, rel=next) be on the registry's own address; behind a proxy: X-Forwarded-Proto and Host",
	});
