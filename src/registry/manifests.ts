import { assertDigest, digestHeader, mediaTypeOf } from "./digests.ts";
import { pull, push, type RegistryClient } from "./caller.ts";
import { digestOfBytes as sha256, isDigest, type Digest } from "./image-reference.ts";
import { ANY_MANIFEST } from "./schemas.ts";

/** A manifest as it stands in the registry. */
interface ResolvedManifest {
	digest: Digest;
	mediaType: string;
}

interface Manifest extends ResolvedManifest {
	/** The exact bytes, whose sha256 is the digest. */
	bytes: Buffer;
}

/** Manifests and indexes. Undefined stands for HTTP 404. */
export interface Manifests {
	/** The digest behind a tag or digest (end-3, HEAD). */
	resolve(repository: string, reference: string): Promise<ResolvedManifest | undefined>;
	/** A manifest or index, verified against its digest (end-3). */
	manifest(repository: string, reference: string): Promise<Manifest | undefined>;
	/** Stores a manifest under a tag or its digest (end-7); returns its digest, which the registry has confirmed. */
	putManifest(repository: string, reference: string, bytes: Uint8Array, mediaType: string): Promise<Digest>;
}

/** What is asked about manifests, and stored of them. */
export function manifestCalls({ host, at, call }: RegistryClient): Manifests {
	const read = async (method: "GET" | "HEAD", repository: string, reference: string) => {
		const url = at(`${repository}/manifests/${reference}`);
		const reply = await call({ method, url, headers: { accept: ANY_MANIFEST } }, pull(repository), [200, 404]);
		return reply.status === 404 ? undefined : reply;
	};
	const manifest = async (repository: string, reference: string): Promise<Manifest | undefined> => {
		const reply = await read("GET", repository, reference);
		if (!reply) return undefined;
		const digest = sha256(reply.body);
		const expected = isDigest(reference) ? reference : (digestHeader(reply) ?? digest);
		assertDigest(host, `manifest ${repository} ${reference}`, expected, digest);
		return { digest, mediaType: mediaTypeOf(reply), bytes: reply.body };
	};
	return {
		manifest,
		async resolve(repository, reference) {
			const reply = await read("HEAD", repository, reference);
			if (!reply) return undefined;
			const digest = digestHeader(reply);
			if (digest === undefined) return manifest(repository, reference);
			return { digest, mediaType: mediaTypeOf(reply) };
		},
		async putManifest(repository, reference, bytes, mediaType) {
			const url = at(`${repository}/manifests/${reference}`);
			const headers = { "content-type": mediaType };
			const reply = await call({ method: "PUT", url, headers, body: bytes }, push(repository), [201]);
			const digest = sha256(bytes);
			assertDigest(host, `manifest ${repository} ${reference}`, digest, digestHeader(reply) ?? digest);
			return digest;
		},
	};
}
