import { createHash } from "node:crypto";
import type { Digest } from "../../src/registry/image-reference.ts";
import { createRegistry, type Registry } from "../../src/registry/registry.ts";
import { MEDIA_TYPE } from "../../src/registry/schemas.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { CERTIFICATE, serve, type Answer, type Asked, type Reply } from "../support/loopback-server.ts";

export const digestFor = (bytes: Uint8Array | string): Digest =>
	`sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;

export interface RegistryWorld {
	/** Answers in place of the registry where it returns something. */
	instead?: (asked: Asked) => Reply | undefined;
	/** What is asked of a client: nothing, or the user `ann` with the password `pass-word-1`. */
	login?: "basic" | "bearer";
	tls?: boolean;
	/**
	 * It has the referrers API (distribution-spec v1.1), and lists so many on a page. As some registries do, it says of each
	 * that it is of the type of its empty config.
	 */
	referrersPage?: number;
}

interface Manifest {
	subject?: { digest: string };
	config?: { mediaType: string };
}

const BASIC = `Basic ${Buffer.from("ann:pass-word-1").toString("base64")}`;

/** An OCI registry on loopback that holds what is pushed, blobs by digest and manifests by tag and digest. */
export async function loopbackRegistry({ instead, login, tls = false, referrersPage }: RegistryWorld = {}) {
	const stored = new Map<string, { bytes: Buffer; type: string }>();
	const server = await serve((asked, request) => instead?.(asked) ?? answer(asked, request), { tls });
	const challenge = () =>
		login === "basic" ? 'Basic realm="test"' : `Bearer realm="${server.origin}/token",service="test"`;

	const answer: Answer = (asked) => {
		const url = new URL(asked.path, server.origin);
		if (url.pathname === "/token") return tokenFor(asked, url);
		const scope = scopeOf(asked);
		const expected = login === "basic" ? BASIC : `Bearer token for ${scope || "no repository"}`;
		if (login && asked.headers.authorization !== expected)
			return { status: 401, headers: { "www-authenticate": challenge() } };
		if (url.pathname === "/v2/") return { status: 200 };
		return referrersPage !== undefined && url.pathname.includes("/referrers/")
			? referrersOf(url, referrersPage)
			: content(asked, url);
	};

	/** One page; the next one begins behind the last digest of this one. */
	function referrersOf({ pathname, searchParams }: URL, page: number): Reply {
		const [folder, subject] = pathname.split("referrers/") as [string, string];
		const all = [...stored]
			.filter(([path]) => path.startsWith(`${folder}manifests/sha256:`))
			.map(([, { bytes, type }]) => ({ bytes, type, manifest: JSON.parse(bytes.toString()) as Manifest }))
			.filter(({ bytes }) => subjectOf(bytes) === subject)
			.map(({ bytes, type, manifest }) => ({
				...{ mediaType: type, digest: digestFor(bytes), size: bytes.length },
				artifactType: manifest.config?.mediaType,
			}));
		const from = all.findIndex(({ digest }) => digest === searchParams.get("last")) + 1;
		const manifests = all.slice(from, from + page);
		const last = manifests.at(-1)?.digest;
		const link = from + page < all.length ? { link: `<${pathname}?last=${last}>; rel="next"` } : {};
		const type = { "content-type": MEDIA_TYPE.ociIndex };
		return {
			...{ status: 200, headers: { ...type, ...link } },
			body: JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests }),
		};
	}

	function content({ method, headers, body }: Asked, { pathname, searchParams }: URL): Reply {
		const type = headers["content-type"] ?? "";
		if (method === "POST") return { status: 202, headers: { location: `${pathname}session?state=1` } };
		if (method === "PUT") {
			const digest = digestFor(body);
			const folder = pathname.replace(/[^/]+$/, "");
			const isUpload = pathname.endsWith("/uploads/session") && searchParams.get("state") === "1";
			if (isUpload && searchParams.get("digest") !== digest) return { status: 400 };
			if (isUpload) stored.set(pathname.replace("uploads/session", digest), { bytes: body, type });
			else for (const path of [pathname, folder + digest]) stored.set(path, { bytes: body, type });
			const subject = referrersPage === undefined ? undefined : subjectOf(body);
			return { status: 201, headers: { "docker-content-digest": digest, ...(subject && { "oci-subject": subject }) } };
		}
		const found = stored.get(pathname);
		if (!found) return { status: 404, body: '{"errors": [\n  {"code": "UNKNOWN"}\n]}' };
		const digest = digestFor(found.bytes);
		return {
			status: 200,
			headers: { "content-type": `${found.type} ; charset=utf-8`, "docker-content-digest": digest },
			body: found.bytes,
		};
	}

	/** A token that says for what it is good, to who gives the credential. */
	function tokenFor({ headers }: Asked, { searchParams }: URL): Reply {
		if (headers.authorization !== BASIC || searchParams.get("service") !== "test") return { status: 401 };
		return {
			status: 200,
			body: JSON.stringify({ token: `token for ${searchParams.get("scope") ?? "no repository"}` }),
		};
	}

	return { ...server, stored, ...clientsOf(server.host, tls) };
}

/** Of a manifest; a blob has none. */
function subjectOf(body: Buffer): string | undefined {
	try {
		return (JSON.parse(body.toString()) as Manifest).subject?.digest;
	} catch {
		return undefined;
	}
}

/** What the protocol asks for (token authentication, "requesting a token"). */
function scopeOf({ method, path }: Asked): string {
	const repository = /^\/v2\/(.+)\/(?:manifests|blobs|referrers)\//.exec(path)?.[1];
	if (repository === undefined) return "";
	const isPush = method === "PUT" || method === "POST" || (method === "HEAD" && path.includes("/blobs/"));
	return `repository:${repository}:${isPush ? "pull,push" : "pull"}`;
}

const clientsOf = (host: string, tls: boolean) => ({
	client: (password?: string): Registry =>
		createRegistry(
			{ address: host, tls, ...(tls ? { ca: CERTIFICATE } : {}) },
			password === undefined ? undefined : { username: "ann", password: new Secret(password) },
			{ timeoutMs: 1_000 },
		),
});
