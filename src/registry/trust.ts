import { UserError } from "../errors/errors.ts";
import { addressIn, unsafe } from "../system/redirect.ts";

/**
 * The token server that a registry names, which is given the credential (distribution "token authentication
 * specification"). Over plain HTTP it may be only on the registry's own host, and only where that is plain HTTP too.
 * @throws UserError unsafe_redirect
 */
export function realmOf(registry: URL, realm: string): URL {
	const url = addressIn(registry, realm);
	if (url.protocol === "http:" && url.hostname !== registry.hostname)
		throw unsafe(registry, `a token server over plain HTTP, ${url.origin}${url.pathname}`);
	return url;
}

/**
 * Where an upload goes on (distribution-spec, end-4a): relative to the address that was asked. Another origin is a
 * storage with a signature of its own, which has to be HTTPS.
 * @throws UserError registry_error without a location, unsafe_redirect
 */
export function uploadAddress(asked: URL, location: string | undefined): URL {
	if (!location)
		throw new UserError(
			"registry_error",
			`the registry ${asked.host} began an upload, but did not say where (no Location)`,
			{
				hint: "look at the registry's log and at the proxy before it, then cres doctor",
			},
		);
	const url = addressIn(asked, location);
	if (url.protocol === "http:" && url.origin !== asked.origin)
		throw unsafe(asked, `another server over plain HTTP for an upload, ${url.origin}${url.pathname}`);
	return url;
}
