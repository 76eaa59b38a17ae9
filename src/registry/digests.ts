import { UserError } from "../errors/errors.ts";
import type { HttpReply } from "./http.ts";
import { isDigest, type Digest } from "./image-reference.ts";

/** The digest that the registry tells of what it answers with (Docker-Content-Digest); undefined where it tells none. */
export function digestHeader({ headers }: HttpReply): Digest | undefined {
	const value = headers["docker-content-digest"];
	return typeof value === "string" && isDigest(value) ? value : undefined;
}

/** The media type of an answer, without parameters. */
export const mediaTypeOf = ({ headers }: HttpReply): string => (headers["content-type"] ?? "").split(";")[0]!.trim();

/** @throws UserError registry_error when the registry has other bytes than it should */
export function assertDigest(host: string, what: string, expected: Digest, seen: Digest): void {
	if (expected === seen) return;
	throw new UserError("registry_error", `${host}: ${what} should be ${expected} but is ${seen}`, {
		hint: "run the command again; if it happens again, the registry's storage is damaged",
	});
}
