import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { MEDIA_TYPE } from "../../src/registry/schemas.ts";
import { serve, type Asked, type Reply } from "../support/loopback-server.ts";
import { digestFor, loopbackRegistry } from "./loopback-registry.ts";

const layer = Buffer.from("a layer");
const manifest = Buffer.from('{"schemaVersion":2}');
const other = digestFor("something else");
const linesOf = (asked: Asked[]) => asked.map(({ method, path }) => `${method} ${path}`);

/** Answers this to every request of the method. */
const always = (method: string, reply: Reply) => (asked: Asked) => (asked.method === method ? reply : undefined);

describe("a registry", () => {
	it("gives back what was put there, by tag and by digest", async () => {
		const { client, asked } = await loopbackRegistry();
		const registry = client();
		const digest = digestFor(manifest);
		expect(await registry.putBlob("o/app", layer, MEDIA_TYPE.ociLayer)).toEqual({
			mediaType: MEDIA_TYPE.ociLayer,
			digest: digestFor(layer),
			size: 7,
		});
		expect(await registry.putManifest("o/app", "1.2", manifest, MEDIA_TYPE.ociManifest)).toBe(digest);
		expect(await registry.blob("o/app", digestFor(layer))).toEqual(layer);
		for (const reference of ["1.2", digest]) {
			const resolved = { digest, mediaType: MEDIA_TYPE.ociManifest };
			expect(await registry.resolve("o/app", reference)).toEqual(resolved);
			expect(await registry.manifest("o/app", reference)).toEqual({ ...resolved, bytes: manifest });
		}
		expect(asked.find(({ method }) => method === "GET")!.path).toBe(`/v2/o/app/blobs/${digestFor(layer)}`);
		expect(asked.at(-1)!.headers.accept).toBe(
			"application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json",
		);
	});

	it("is sent a blob once", async () => {
		const { client, asked } = await loopbackRegistry();
		const digest = digestFor(layer);
		const first = await client().putBlob("app", layer, MEDIA_TYPE.ociLayer);
		expect(await client().putBlob("app", layer, MEDIA_TYPE.ociLayer)).toEqual(first);
		expect(linesOf(asked)).toEqual([
			`HEAD /v2/app/blobs/${digest}`,
			"POST /v2/app/blobs/uploads/",
			`PUT /v2/app/blobs/uploads/session?state=1&digest=${encodeURIComponent(digest)}`,
			`HEAD /v2/app/blobs/${digest}`,
		]);
		expect(asked[2]).toMatchObject({ headers: { "content-type": "application/octet-stream" }, body: layer });
	});

	it("is only asked for a digest, unless it does not tell it", async () => {
		const { client, asked, stored } = await loopbackRegistry();
		await client().putManifest("app", "1", manifest, MEDIA_TYPE.dockerManifest);
		await client().resolve("app", "1");
		expect(linesOf(asked).slice(1)).toEqual(["HEAD /v2/app/manifests/1"]);
		const silent = await loopbackRegistry({ instead: always("HEAD", { status: 200 }) });
		silent.stored.set("/v2/app/manifests/1", stored.get("/v2/app/manifests/1")!);
		expect(await silent.client().resolve("app", "1")).toEqual({
			digest: digestFor(manifest),
			mediaType: MEDIA_TYPE.dockerManifest,
			bytes: manifest,
		});
	});

	it("has nothing under an unknown tag", async () => {
		const { client } = await loopbackRegistry();
		expect(await client().resolve("app", "none")).toBeUndefined();
		expect(await client().manifest("app", "none")).toBeUndefined();
		await expect(client().blob("app", other)).rejects.toMatchObject({ code: "registry_error" });
	});

	it("is reached over TLS with a CA of its own", async () => {
		const { client, host } = await loopbackRegistry({ tls: true });
		await client().ping();
		const ca = "/nowhere/ca.pem";
		await expect(createRegistry({ address: host, tls: true, ca }, undefined).ping()).rejects.toMatchObject({
			code: "registry_ca_missing",
			message: "the registry's CA file /nowhere/ca.pem cannot be read (ENOENT)",
			hint: "correct registry.push.ca in cres.yaml",
		});
	});
});

describe("what a registry serves under a digest is compared with it", () => {
	it.each<[string, Reply]>([
		["the digest asked for", { status: 200, body: manifest }],
		["the digest it names", { status: 200, body: manifest, headers: { "docker-content-digest": other } }],
	])("manifest: %s", async (which, reply) => {
		const { client, host } = await loopbackRegistry({ instead: () => reply });
		const reference = which === "the digest asked for" ? other : "1.2";
		await expect(client().manifest("app", reference)).rejects.toMatchObject({
			code: "registry_error",
			message: `${host}: manifest app ${reference} should be ${other} but is ${digestFor(manifest)}`,
		});
	});

	it("the digest asked for counts, not the one it names", async () => {
		const instead = always("GET", {
			status: 200,
			body: manifest,
			headers: { "docker-content-digest": digestFor(manifest) },
		});
		const { client } = await loopbackRegistry({ instead });
		await expect(client().manifest("app", other)).rejects.toMatchObject({ code: "registry_error" });
	});

	it("blob", async () => {
		const { client, host } = await loopbackRegistry({ instead: () => ({ status: 200, body: "damaged" }) });
		await expect(client().blob("app", other)).rejects.toMatchObject({
			code: "registry_error",
			message: `${host}: blob app ${other} should be ${other} but is ${digestFor("damaged")}`,
			hint: expect.stringMatching(/^run the command again/),
		});
	});

	it("a manifest that was put", async () => {
		const put = (headers: Record<string, string>) =>
			loopbackRegistry({ instead: always("PUT", { status: 201, headers }) }).then(({ client }) =>
				client().putManifest("app", "1", manifest, MEDIA_TYPE.ociManifest),
			);
		await expect(put({ "docker-content-digest": other })).rejects.toMatchObject({
			code: "registry_error",
			message: expect.stringMatching(/: manifest app 1 should be sha256:\S+ but is sha256:/),
		});
		expect(await put({})).toBe(digestFor(manifest));
		expect(await put({ "docker-content-digest": "odd" })).toBe(digestFor(manifest));
	});
});

describe("a registry that asks for a login", () => {
	it.each(["basic", "bearer"] as const)("is given the credential: %s", async (login) => {
		const { client } = await loopbackRegistry({ login });
		const registry = client("pass-word-1");
		await registry.ping();
		await registry.putBlob("o/app", layer, MEDIA_TYPE.ociLayer);
		await registry.putManifest("o/app", "1", manifest, MEDIA_TYPE.ociManifest);
		expect(await registry.manifest("o/app", "1")).toMatchObject({ bytes: manifest });
		expect(await registry.blob("o/app", digestFor(layer))).toEqual(layer);
	});

	it("is asked once more, not for ever", async () => {
		const { client, asked } = await loopbackRegistry({ login: "basic" });
		await expect(client("wrong-word").ping()).rejects.toMatchObject({
			code: "registry_unauthorized",
			message: expect.stringMatching(/ refuses the credential \(HTTP 401\)$/),
			hint: "correct REGISTRY_USERNAME and REGISTRY_PASSWORD in .env, then cres doctor",
		});
		expect(linesOf(asked)).toEqual(["GET /v2/", "GET /v2/"]);
	});

	it("names what is missing where there is no credential", async () => {
		const { client, asked } = await loopbackRegistry({ login: "bearer" });
		await expect(client().ping()).rejects.toMatchObject({
			code: "registry_unauthorized",
			message: expect.stringMatching(/ refuses access without a credential \(HTTP 401\)$/),
			hint: "set REGISTRY_USERNAME and REGISTRY_PASSWORD in .env, then cres doctor",
		});
		expect(linesOf(asked)).toEqual(["GET /v2/", "GET /token?service=test"]);
	});

	it("may forbid, which is not asked again", async () => {
		const headers = { "www-authenticate": "Basic realm=x" };
		const { client, asked } = await loopbackRegistry({ instead: () => ({ status: 403, headers }) });
		await expect(client("pass-word-1").ping()).rejects.toMatchObject({
			code: "registry_unauthorized",
			message: expect.stringContaining("HTTP 403"),
		});
		expect(asked).toHaveLength(1);
	});

	it("keeps the credential to itself when the content is elsewhere", async () => {
		const storage = await serve(({ path }) => ({ status: 200, body: path === "/layer" ? layer : manifest }));
		const instead = ({ path, headers }: Asked): Reply | undefined => {
			const location = `${storage.origin}${path.includes("/blobs/") ? "/layer" : "/manifest"}`;
			return headers.authorization ? { status: 307, headers: { location } } : undefined;
		};
		const { client } = await loopbackRegistry({ login: "basic", instead });
		const registry = client("pass-word-1");
		expect(await registry.blob("app", digestFor(layer))).toEqual(layer);
		expect(await registry.manifest("app", "1")).toMatchObject({ bytes: manifest });
		expect(storage.asked.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
	});
});

describe("a registry that fails", () => {
	it.each([
		["HEAD", 500],
		["POST", 500],
		["PUT", 413],
	])("%s with %i is an error, whatever was asked", async (method, status) => {
		const { client, host } = await loopbackRegistry({ instead: always(method, { status }) });
		await expect(client().putBlob("app", layer, MEDIA_TYPE.ociLayer)).rejects.toMatchObject({
			code: "registry_error",
			message: expect.stringContaining(`the registry ${host} answered HTTP ${status} to ${method} /v2/app/blobs/`),
			hint: "look at the registry's log, then cres doctor",
		});
	});

	it("is quoted on one line, as far as is good to read", async () => {
		const reply: Reply = { status: 500, body: ` <p>\n\n  no\tspace ${"x".repeat(1_000)}` };
		const { client, host } = await loopbackRegistry({ instead: () => reply });
		const failure = await client()
			.ping()
			.catch((error: Error) => error.message);
		expect(failure).toMatch(
			new RegExp(`^the registry ${host} answered HTTP 500 to GET /v2/: <p> no space x{200,300}$`),
		);
		const mute = await loopbackRegistry({ instead: () => ({ status: 500 }) });
		await expect(mute.client().ping()).rejects.toMatchObject({ message: expect.stringMatching(/ to GET \/v2\/$/) });
	});

	it("or is not there", async () => {
		const gone = createRegistry({ address: "127.0.0.1:1", tls: false }, undefined);
		await expect(gone.resolve("app", "1")).rejects.toMatchObject({
			code: "registry_unreachable",
			message: expect.stringMatching(/^the registry 127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/),
			cause: expect.objectContaining({ code: "ECONNREFUSED" }),
			hint: expect.stringContaining("cres doctor"),
		});
	});
});

describe("M27: a registry that cannot serve just now", () => {
	const BYTES = Buffer.from("{}");
	const later = (status: number, headers = {}) => ({ status, headers, body: "" });
	/** The first answers to one kind of call; then the registry itself answers. */
	const putOff = async (matches: (asked: Asked) => boolean, ...replies: Reply[]) => {
		const world = await loopbackRegistry({ instead: (asked) => (matches(asked) ? replies.shift() : undefined) });
		const options = { timeoutMs: 1_000, retryMs: 1 };
		return { ...world, registry: createRegistry({ address: world.host, tls: false }, undefined, options) };
	};
	const isManifest = ({ method, path }: Asked) => method === "PUT" && path.includes("/manifests/");

	it.each([429, 500, 502, 503, 504])("is asked again what may be asked twice: HTTP %i", async (status) => {
		const { registry, asked } = await putOff(isManifest, later(status), later(status));
		expect(await registry.putManifest("o/w", "t", BYTES, "application/json")).toBe(digestFor(BYTES));
		expect(asked).toHaveLength(3);
	});

	it("gets a few tries, and then its answer is the error", async () => {
		const { registry, asked } = await putOff(() => true, ...Array.from({ length: 9 }, () => later(503)));
		await expect(registry.resolve("o/w", "t")).rejects.toMatchObject({
			code: "registry_error",
			message: expect.stringContaining("HTTP 503") as string,
		});
		expect(asked).toHaveLength(4);
	});

	it.each(["BLOB_UNKNOWN", "MANIFEST_BLOB_UNKNOWN"])("has not seen everywhere yet what it took: %s", async (code) => {
		const unknown = { status: 404, body: JSON.stringify({ errors: [{ code }] }) };
		const { registry, asked } = await putOff(isManifest, unknown);
		expect(await registry.putManifest("o/w", "t", BYTES, "application/json")).toBe(digestFor(BYTES));
		expect(asked).toHaveLength(2);
	});

	it("is waited for as long as it asks, within bounds", async () => {
		const soon = await putOff(isManifest, later(429, { "retry-after": "1" }));
		const started = performance.now();
		await soon.registry.putManifest("o/w", "t", BYTES, "application/json");
		expect(performance.now() - started).toBeGreaterThan(950);
		const atDate = { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() };
		const dated = await putOff(isManifest, later(503, atDate));
		await expect(dated.registry.putManifest("o/w", "t", BYTES, "application/json")).rejects.toThrow("HTTP 503");
		const late = await putOff(isManifest, later(429, { "retry-after": "3600" }));
		await expect(late.registry.putManifest("o/w", "t", BYTES, "application/json")).rejects.toMatchObject({
			message: expect.stringContaining("HTTP 429") as string,
		});
		expect(late.asked).toHaveLength(1);
	});

	it("takes an upload from its beginning on, never one step of it twice", async () => {
		const isSession = ({ method }: Asked) => method === "PUT";
		const { registry, asked, stored } = await putOff(isSession, later(502));
		await registry.putBlob("o/w", BYTES, "text/plain");
		expect(asked.map(({ method }) => method)).toEqual(["HEAD", "POST", "PUT", "HEAD", "POST", "PUT"]);
		expect(stored.size).toBe(1);
	});
});

describe("A16: an answer of a registry", () => {
	it("is not taken when it is larger than a manifest can be", async () => {
		const { host } = await serve(() => ({ status: 200, body: Buffer.alloc(5 << 20) }));
		const registry = createRegistry({ address: host, tls: false }, undefined);
		await expect(registry.manifest("o/w", "t")).rejects.toMatchObject({
			...{ code: "registry_unreachable" },
			message: expect.stringContaining("the answer is larger than 4194304 bytes") as string,
		});
	});

	it("ends with the command", async () => {
		const { host } = await serve(() => undefined);
		const stop = new AbortController();
		const registry = createRegistry({ address: host, tls: false }, undefined, { signal: stop.signal });
		const asked = registry.ping();
		setTimeout(() => stop.abort(new UserError("interrupted", "interrupted by the operator")), 50);
		await expect(asked).rejects.toMatchObject({ code: "interrupted" });
	});
});
