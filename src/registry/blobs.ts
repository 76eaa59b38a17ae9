import { hasCode } from "../errors/errors.ts";
import { retried } from "../system/retry.ts";
import { pull, push, type RegistryClient } from "./caller.ts";
import { assertDigest } from "./digests.ts";
import type { HttpReply, HttpRequest } from "./http.ts";
import { digestOfBytes as sha256, type Digest } from "./image-reference.ts";
import { LATER, putOff } from "./put-off.ts";
import { pushDenied, refused } from "./refusals.ts";
import type { Descriptor } from "./schemas.ts";
import { uploadAddress } from "./trust.ts";

/** Config blobs are the only ones that cres reads. */
const MOST_BLOB_BYTES = 16 << 20;

/** Blobs, and whether they are taken. */
export interface Blobs {
	/**
	 * Whether it takes images for the repository: begins an upload and gives it up (end-4a), and leaves nothing.
	 * @throws UserError push_denied
	 */
	mayPush(repository: string): Promise<void>;
	/** A blob, verified against its digest (end-2). */
	blob(repository: string, digest: Digest): Promise<Buffer>;
	/** Uploads a blob in one piece (end-4a, end-6) unless it is there; returns its descriptor. */
	putBlob(repository: string, bytes: Uint8Array, mediaType: string): Promise<Descriptor>;
}

/** What is asked about blobs, and stored of them. */
export const blobCalls = (client: RegistryClient): Blobs => {
	const { host, at, call, patience } = client;
	return {
		async mayPush(repository) {
			const url = at(`${repository}/blobs/uploads/`);
			const begun = await call({ method: "POST", url }, push(repository), [202]).catch((error: unknown) => {
				throw hasCode(error, "registry_unauthorized") ? pushDenied(host, repository, error) : error;
			});
			const session = uploadAddress(url, begun.headers.location);
			// A registry that gives up none (GHCR) forgets it by itself.
			await call({ method: "DELETE", url: session, once: true }, push(repository), [200, 202, 204]).catch(() => {});
		},
		async blob(repository, digest) {
			const url = at(`${repository}/blobs/${digest}`);
			const { body } = await call({ method: "GET", url, most: MOST_BLOB_BYTES }, pull(repository), [200]);
			assertDigest(host, `blob ${repository} ${digest}`, digest, sha256(body));
			return body;
		},
		async putBlob(repository, bytes, mediaType) {
			const digest = sha256(bytes);
			const again = () => upload(client, repository, bytes, digest);
			const sent = await retried(again, (outcome, count) => putOff(outcome, count, patience), patience.pause);
			const url = at(`${repository}/blobs/${digest}`);
			if (sent && sent.status !== 201) throw refused({ method: "POST", url }, sent);
			return { mediaType, digest, size: bytes.byteLength };
		},
	};
};

/** Undefined where the blob is there. From its first question on it may be done twice, its later ones may not. */
async function upload(
	{ at, call }: RegistryClient,
	repository: string,
	bytes: Uint8Array,
	digest: Digest,
): Promise<HttpReply | undefined> {
	const uploads = at(`${repository}/blobs/uploads/`);
	const url = at(`${repository}/blobs/${digest}`);
	const known = await call({ method: "HEAD", url }, push(repository), [200, 404]);
	if (known.status === 200) return undefined;
	const begun = await call({ method: "POST", url: uploads }, push(repository), [201, 202, ...LATER]);
	if (begun.status !== 202) return begun;
	const session = uploadAddress(uploads, begun.headers.location);
	session.searchParams.set("digest", digest);
	const headers = { "content-type": "application/octet-stream" };
	const send: HttpRequest = { method: "PUT", url: session, headers, body: bytes, once: true };
	return call(send, push(repository), [201, ...LATER]);
}
