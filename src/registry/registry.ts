import type { RegistryAddress } from "../config/schema.ts";
import type { ClockSkew } from "../system/clock.ts";
import { apiHost } from "../system/docker-hub.ts";
import { pausing } from "../system/retry.ts";
import type { RegistryCredential } from "./auth.ts";
import { blobCalls, type Blobs } from "./blobs.ts";
import { createCaller, pull, transport } from "./caller.ts";
import type { HttpReply } from "./http.ts";
import type { Digest } from "./image-reference.ts";
import { manifestCalls, type Manifests } from "./manifests.ts";
import { referrersApi, REFERRERS_STATUSES } from "./referrers-api.ts";
import { MEDIA_TYPE } from "./schemas.ts";
import { taggingCalls, type Tagging } from "./tagging.ts";

/** An OCI registry (distribution-spec v1.1). Undefined stands for HTTP 404. */
export interface Registry extends Manifests, Blobs, Tagging {
	/** host or host:port. */
	readonly address: string;
	/** Asks whether it speaks the protocol and takes the credential (distribution-spec, end-1). */
	ping(): Promise<void>;
	/** Digests of the manifests whose subject is this one (end-12a); undefined where the registry does not list them. */
	referrers(repository: string, subject: Digest): Promise<Digest[] | undefined>;
}

export interface RegistryOptions {
	/** Longest silence of the registry; 10 s unless told. */
	timeoutMs?: number;
	/** How often a call is made in all that the registry puts off; 4 unless told. */
	tries?: number;
	/** Pause after the first answer that says "later", in milliseconds; it doubles. 1 s unless told. */
	retryMs?: number;
	/** Ends every call. */
	signal?: AbortSignal;
	/** Told of the registry's time with each answer that has one. */
	skew?: Pick<ClockSkew, "note">;
}

/**
 * A client of one registry. Nothing is asked before the first call.
 * Its credential goes to the registry's own origin and to the token server that it names, nowhere else.
 * Its calls throw UserError registry_unreachable, registry_unauthorized, registry_error and unsafe_redirect.
 */
export function createRegistry(
	address: RegistryAddress,
	credential: RegistryCredential | undefined,
	{ timeoutMs = 10_000, tries = 4, retryMs = 1_000, signal, skew }: RegistryOptions = {},
): Registry {
	const host = address.address;
	const base = new URL(`${address.tls ? "https" : "http"}://${apiHost(host)}/v2/`);
	const patience = { tries, retryMs, pause: pausing(signal) };
	const onReply = ({ headers }: HttpReply) => {
		const told = Date.parse(headers.date ?? "");
		if (!Number.isNaN(told) && headers["age"] === undefined) skew?.note(host, told, Date.now()); // a cache keeps an old date
	};
	const call = createCaller(base, () => transport(address, { timeoutMs, signal }), credential, {
		...patience,
		onReply,
	});
	const client = { host, at: (path: string) => new URL(path, base), call, patience };
	const manifests = manifestCalls(client);
	return {
		address: host,
		...manifests,
		...blobCalls(client),
		...taggingCalls({ ...client, ...manifests }),
		ping: async () => void (await call({ method: "GET", url: base }, undefined, [200])),
		referrers: (repository, subject) => {
			const asked = { headers: { accept: MEDIA_TYPE.ociIndex }, follow: false };
			const get = (url: URL) => call({ method: "GET", url, ...asked }, pull(repository), REFERRERS_STATUSES);
			return referrersApi(get, client.at(`${repository}/referrers/${subject}`));
		},
	};
}
