import type { RegistryAddress } from "../config/schema.ts";
import { UserError, codeOf, hasCode } from "../errors/errors.ts";
import type { ClockSkew } from "../system/clock.ts";
import { apiHost } from "../system/docker-hub.ts";
import { pausing, retried } from "../system/retry.ts";
import { readText } from "../system/files.ts";
import { createAuthorizer, type RegistryCredential, type Scope } from "./auth.ts";
import { createSend, type HttpReply, type HttpRequest, type Send } from "./http.ts";
import { digestOfBytes as sha256, isDigest, type Digest } from "./image-reference.ts";
import { LATER, mayRepeat, putOff, type Patience } from "./put-off.ts";
import { referrersApi, REFERRERS_STATUSES } from "./referrers-api.ts";
import { notRegistry, pageIn, pushDenied, refused, unauthorized, unreachable } from "./refusals.ts";
import { MEDIA_TYPE, type Descriptor } from "./schemas.ts";
import { taggingCalls, type Tagging } from "./tagging.ts";
import { uploadAddress } from "./trust.ts";

/** A manifest as it stands in the registry. */
interface ResolvedManifest {
	digest: Digest;
	mediaType: string;
}

interface Manifest extends ResolvedManifest {
	/** The exact bytes, whose sha256 is the digest. */
	bytes: Buffer;
}

/** An OCI registry (distribution-spec v1.1). Undefined stands for HTTP 404. */
export interface Registry extends Tagging {
	/** host or host:port. */
	readonly address: string;
	/** Asks whether it speaks the protocol and takes the credential (distribution-spec, end-1). */
	ping(): Promise<void>;
	/**
	 * Whether it takes images for the repository: begins an upload and gives it up (end-4a), and leaves nothing.
	 * @throws UserError push_denied
	 */
	mayPush(repository: string): Promise<void>;
	/** The digest behind a tag or digest (end-3, HEAD). */
	resolve(repository: string, reference: string): Promise<ResolvedManifest | undefined>;
	/** A manifest or index, verified against its digest (end-3). */
	manifest(repository: string, reference: string): Promise<Manifest | undefined>;
	/** A blob, verified against its digest (end-2). */
	blob(repository: string, digest: Digest): Promise<Buffer>;
	/** Uploads a blob in one piece (end-4a, end-6) unless it is there; returns its descriptor. */
	putBlob(repository: string, bytes: Uint8Array, mediaType: string): Promise<Descriptor>;
	/** Stores a manifest under a tag or its digest (end-7); returns its digest, which the registry has confirmed. */
	putManifest(repository: string, reference: string, bytes: Uint8Array, mediaType: string): Promise<Digest>;
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

/** Config blobs are the only ones that cres reads. */
const MOST_BLOB_BYTES = 16 << 20;

const MANIFESTS = [MEDIA_TYPE.ociManifest, MEDIA_TYPE.ociIndex, MEDIA_TYPE.dockerManifest, MEDIA_TYPE.dockerIndex].join(
	", ",
);

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
	const call = caller(base, () => transport(address, { timeoutMs, signal }), credential, { ...patience, onReply });
	const at = (path: string) => new URL(path, base);

	async function read(method: "GET" | "HEAD", repository: string, reference: string) {
		const url = at(`${repository}/manifests/${reference}`);
		const reply = await call({ method, url, headers: { accept: MANIFESTS } }, pull(repository), [200, 404]);
		return reply.status === 404 ? undefined : reply;
	}

	async function manifest(repository: string, reference: string): Promise<Manifest | undefined> {
		const reply = await read("GET", repository, reference);
		if (!reply) return undefined;
		const digest = sha256(reply.body);
		const expected = isDigest(reference) ? reference : (digestHeader(reply) ?? digest);
		proveEqual(host, `manifest ${repository} ${reference}`, expected, digest);
		return { digest, mediaType: mediaTypeOf(reply), bytes: reply.body };
	}

	return {
		address: host,
		...taggingCalls({ host, at, call, patience, refused, accept: MANIFESTS, manifest }),
		ping: async () => void (await call({ method: "GET", url: base }, undefined, [200])),
		manifest,
		async mayPush(repository) {
			const url = at(`${repository}/blobs/uploads/`);
			const begun = await call({ method: "POST", url }, push(repository), [202]).catch((error: unknown) => {
				throw hasCode(error, "registry_unauthorized") ? pushDenied(host, repository, error) : error;
			});
			const session = uploadAddress(url, begun.headers.location);
			// A registry that gives up none (GHCR) forgets it by itself.
			await call({ method: "DELETE", url: session, once: true }, push(repository), [200, 202, 204]).catch(() => {});
		},
		async resolve(repository, reference) {
			const reply = await read("HEAD", repository, reference);
			if (!reply) return undefined;
			const digest = digestHeader(reply);
			if (digest === undefined) return manifest(repository, reference);
			return { digest, mediaType: mediaTypeOf(reply) };
		},
		async blob(repository, digest) {
			const url = at(`${repository}/blobs/${digest}`);
			const { body } = await call({ method: "GET", url, most: MOST_BLOB_BYTES }, pull(repository), [200]);
			proveEqual(host, `blob ${repository} ${digest}`, digest, sha256(body));
			return body;
		},
		async putBlob(repository, bytes, mediaType) {
			const digest = sha256(bytes);
			const descriptor = { mediaType, digest, size: bytes.byteLength };
			const url = at(`${repository}/blobs/${digest}`);
			const uploads = at(`${repository}/blobs/uploads/`);
			/** From its first question on it may be done twice, its later ones may not. */
			const upload = async (): Promise<HttpReply | undefined> => {
				const known = await call({ method: "HEAD", url }, push(repository), [200, 404]);
				if (known.status === 200) return undefined;
				const begun = await call({ method: "POST", url: uploads }, push(repository), [201, 202, ...LATER]);
				if (begun.status !== 202) return begun;
				const session = uploadAddress(uploads, begun.headers.location);
				session.searchParams.set("digest", digest);
				const headers = { "content-type": "application/octet-stream" };
				const send: HttpRequest = { method: "PUT", url: session, headers, body: bytes, once: true };
				return call(send, push(repository), [201, ...LATER]);
			};
			const sent = await retried(upload, (outcome, count) => putOff(outcome, count, patience), patience.pause);
			if (sent && sent.status !== 201) throw refused({ method: "POST", url }, sent);
			return descriptor;
		},
		async putManifest(repository, reference, bytes, mediaType) {
			const url = at(`${repository}/manifests/${reference}`);
			const headers = { "content-type": mediaType };
			const reply = await call({ method: "PUT", url, headers, body: bytes }, push(repository), [201]);
			const digest = sha256(bytes);
			proveEqual(host, `manifest ${repository} ${reference}`, digest, digestHeader(reply) ?? digest);
			return digest;
		},
		referrers: (repository, subject) => {
			const get = (url: URL) =>
				call(
					{ method: "GET", url, headers: { accept: MEDIA_TYPE.ociIndex }, follow: false },
					pull(repository),
					REFERRERS_STATUSES,
				);
			return referrersApi(get, at(`${repository}/referrers/${subject}`));
		},
	};
}

type Call = (request: HttpRequest, scope: Scope, accepted: readonly number[]) => Promise<HttpReply>;

type Manner = Patience & { onReply: (reply: HttpReply) => void };

function caller(
	base: URL,
	open: () => Promise<Send>,
	credential: RegistryCredential | undefined,
	manner: Manner,
): Call {
	const { host, origin } = base;
	let opened: Promise<Send> | undefined;
	const sendOnce: Send = async (request) => {
		try {
			const reply = await (await (opened ??= open()))(request);
			if (reply.url.host === host) manner.onReply(reply);
			return reply;
		} catch (error) {
			throw error instanceof UserError ? error : unreachable(request.url.host, error);
		}
	};
	const send: Send = (request) =>
		retried(
			() => sendOnce(request),
			(outcome, count) => (mayRepeat(request) ? putOff(outcome, count, manner, request.method === "PUT") : undefined),
			manner.pause,
		);
	const authorizer = createAuthorizer(send, credential, base);
	return async (request, scope, accepted) => {
		const attempt = () => {
			const authorization = request.url.origin === origin ? authorizer.header(scope) : undefined;
			const headers = { ...request.headers, authorization };
			return send({ ...request, headers });
		};
		let reply = await attempt();
		const isOurs = reply.url.origin === origin; // a storage may not ask for the registry's credential
		if (reply.status === 401 && isOurs && (await authorizer.answer(reply.headers["www-authenticate"], scope)))
			reply = await attempt();
		const page = reply.status === 401 ? undefined : pageIn(reply);
		if (page !== undefined && (accepted.includes(reply.status) ? reply.status < 300 : reply.status === 403))
			throw notRegistry(host, reply, page);
		if (accepted.includes(reply.status)) return reply;
		throw reply.status === 401 || reply.status === 403
			? unauthorized(reply.url.host, reply, credential !== undefined && isOurs)
			: refused(request, reply);
	};
}

async function transport(
	{ ca }: RegistryAddress,
	limits: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<Send> {
	if (ca === undefined) return createSend(limits);
	const pem = await readText(ca).catch((error: unknown) => {
		throw new UserError("registry_ca_missing", `the registry's CA file ${ca} cannot be read (${codeOf(error)})`, {
			hint: "correct registry.push.ca in cres.yaml",
		});
	});
	return createSend({ ...limits, ca: pem });
}

const pull = (repository: string): Scope => `repository:${repository}:pull`;
const push = (repository: string): Scope => `repository:${repository}:pull,push`;

function digestHeader({ headers }: HttpReply): Digest | undefined {
	const value = headers["docker-content-digest"];
	return typeof value === "string" && isDigest(value) ? value : undefined;
}

const mediaTypeOf = ({ headers }: HttpReply): string => (headers["content-type"] ?? "").split(";")[0]!.trim();

function proveEqual(host: string, what: string, expected: Digest, seen: Digest): void {
	if (expected === seen) return;
	throw new UserError("registry_error", `${host}: ${what} should be ${expected} but is ${seen}`, {
		hint: "run the command again; if it happens again, the registry's storage is damaged",
	});
}
