import { createHash } from "node:crypto";
import type { Digest } from "../../src/registry/image-reference.ts";
import { createRegistry, type Registry } from "../../src/registry/registry.ts";
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
}

const BASIC = `Basic ${Buffer.from("ann:pass-word-1").toString("base64")}`;

/** An OCI registry on loopback that holds what is pushed, blobs by digest and manifests by tag and digest. */
export async function loopbackRegistry({ instead, login, tls = false }: RegistryWorld = {}) {
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
		return url.pathname === "/v2/" ? { status: 200 } : content(asked, url);
	};

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
			return { status: 201, headers: { "docker-content-digest": digest } };
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

/** What the protocol asks for (token authentication, "requesting a token"). */
function scopeOf({ method, path }: Asked): string {
	const repository = /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(path)?.[1];
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
