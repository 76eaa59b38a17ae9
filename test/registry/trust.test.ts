import { describe, expect, it } from "vitest";
import { createRegistry } from "../../src/registry/registry.ts";
import { realmOf, uploadAddress } from "../../src/registry/trust.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { CERTIFICATE, serve, type Answer, type Reply } from "../support/loopback-server.ts";
import { loopbackRegistry } from "./loopback-registry.ts";

const layer = Buffer.from("a layer");
const post = new URL("https://registry.test/v2/o/app/blobs/uploads/");
const begin = (reply: (origin: string) => Reply) => async () => {
	const storage = await serve(() => ({ status: 201 }));
	const world = await loopbackRegistry({
		login: "basic",
		instead: ({ method, headers, path }) => {
			if (method === "POST" && headers.authorization) return reply(storage.origin);
			return method === "PUT" && path.includes("3f2a") ? { status: 201 } : undefined;
		},
	});
	return { storage, ...world };
};
const located = (location: string): Reply => ({ status: 202, headers: { location } });

describe("T07: an upload", () => {
	it("is not led to another server over plain HTTP", async () => {
		const { client, storage } = await begin((origin) => located(`${origin}/up/1`))();
		await expect(client("pass-word-1").putBlob("o/app", layer, "x/y")).rejects.toMatchObject({
			code: "unsafe_redirect",
			message: expect.stringContaining(`another server over plain HTTP for an upload, ${storage.origin}/up/1`),
		});
		expect(storage.asked).toEqual([]);
	});

	it("goes on relative to the address that was asked", async () => {
		const { client, asked } = await begin(() => located("3f2a?_state=x"))();
		await client("pass-word-1").putBlob("o/app", layer, "x/y");
		expect(asked.at(-1)!.path).toMatch(/^\/v2\/o\/app\/blobs\/uploads\/3f2a\?_state=x&digest=sha256%3A/);
		expect(asked.at(-1)!.headers.authorization).toMatch(/^Basic /);
	});

	it("without a Location says so", async () => {
		const { client, asked } = await begin(() => ({ status: 202 }))();
		await expect(client("pass-word-1").putBlob("o/app", layer, "x/y")).rejects.toMatchObject({
			code: "registry_error",
			message: expect.stringContaining("did not say where (no Location)"),
		});
		expect(asked.some(({ method }) => method === "PUT")).toBe(false);
	});

	it("that the registry has at once is complete", async () => {
		const { client, asked } = await begin(() => ({ status: 201 }))();
		expect(await client("pass-word-1").putBlob("o/app", layer, "x/y")).toMatchObject({ size: 7 });
		expect(asked.some(({ method }) => method === "PUT")).toBe(false);
	});

	it("to a storage over HTTPS carries no credential, and its 401 gets none", async () => {
		const statuses = [201, 401];
		const storage = await serve(
			() => ({ status: statuses.shift()!, headers: { "www-authenticate": 'Basic realm="storage"' } }),
			{ tls: true },
		);
		const front = await serve(
			uploadTo(() => `${storage.origin}/up?sig=1`),
			{ tls: true },
		);
		const client = createRegistry({ address: front.host, tls: true, ca: CERTIFICATE }, ann);
		await client.putBlob("o/app", layer, "x/y");
		expect(storage.asked[0]).toMatchObject({ method: "PUT", body: layer });
		await expect(client.putBlob("o/app", layer, "x/y")).rejects.toMatchObject({ code: "registry_unauthorized" });
		expect(storage.asked.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
		expect(front.asked.filter(({ headers }) => headers.authorization).length).toBeGreaterThan(0);
	});

	it.each(["http://registry.test/up", "http://other.test/up", "ftp://registry.test/up", "https://[/"])(
		"of a HTTPS registry is not led to %s",
		(location) => {
			expect(() => uploadAddress(post, location)).toThrow(expect.objectContaining({ code: "unsafe_redirect" }));
		},
	);
});

const ann = { username: "ann", password: new Secret("pass-word-1") };

/** A registry that asks for Basic and leads uploads somewhere. */
const uploadTo =
	(location: () => string): Answer =>
	({ method, headers }) => {
		if (!headers.authorization) return { status: 401, headers: { "www-authenticate": 'Basic realm="test"' } };
		return method === "POST" ? located(location()) : { status: 404 };
	};

describe("A3: a token server", () => {
	it.each([
		["https://registry.test/v2/", "https://auth.other.test/token"],
		["https://registry.test/v2/", "/token"],
		["http://registry.test:5000/v2/", "http://registry.test:5001/token"],
		["http://registry.test:5000/v2/", "https://auth.other.test/token"],
	])("of %s may be %s", (from, realm) => {
		expect(realmOf(new URL(from), realm)).toEqual(new URL(realm, from));
	});

	it.each([
		["https://registry.test/v2/", "http://registry.test/token"],
		["https://registry.test/v2/", "http://auth.other.test/token"],
		["http://registry.test:5000/v2/", "http://auth.other.test/token"],
		["https://registry.test/v2/", "file:///etc/passwd"],
		["https://registry.test/v2/", "https://"],
	])("of %s may not be %s", (from, realm) => {
		expect(() => realmOf(new URL(from), realm)).toThrow(expect.objectContaining({ code: "unsafe_redirect" }));
	});

	it("over plain HTTP is never asked by a client of a HTTPS registry", async () => {
		const evil = await serve(() => ({ status: 200, body: '{"token":"t"}' }));
		const challenge = { "www-authenticate": `Bearer realm="${evil.origin}/token"` };
		const front = await serve(() => ({ status: 401, headers: challenge }), { tls: true });
		const client = createRegistry({ address: front.host, tls: true, ca: CERTIFICATE }, ann);
		await expect(client.ping()).rejects.toMatchObject({ code: "unsafe_redirect" });
		expect(evil.asked).toEqual([]);
	});
});

describe("F70: a redirect", () => {
	it("from HTTPS to plain HTTP is refused", async () => {
		const plain = await serve(() => ({ status: 200 }));
		const front = await serve(() => ({ status: 307, headers: { location: `${plain.origin}/x?sig=hidden` } }), {
			tls: true,
		});
		const client = createRegistry({ address: front.host, tls: true, ca: CERTIFICATE }, ann);
		await expect(client.manifest("o/app", "1")).rejects.toMatchObject({
			code: "unsafe_redirect",
			message: `${front.host} names an address over plain HTTP, ${plain.origin}/x; nothing was sent there`,
		});
		expect(plain.asked).toEqual([]);
	});

	it("to a storage that asks for a credential gets none", async () => {
		const storage = await serve(() => ({ status: 401, headers: { "www-authenticate": 'Basic realm="storage"' } }));
		const world = await loopbackRegistry({
			login: "basic",
			instead: ({ headers }) =>
				headers.authorization ? { status: 307, headers: { location: `${storage.origin}/signed` } } : undefined,
		});
		await expect(world.client("pass-word-1").manifest("o/app", "1")).rejects.toMatchObject({
			code: "registry_unauthorized",
		});
		expect(storage.asked.map(({ headers }) => headers.authorization)).toEqual([undefined]);
	});
});
