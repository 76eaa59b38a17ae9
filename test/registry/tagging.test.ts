import { describe, expect, it } from "vitest";
import { MEDIA_TYPE } from "../../src/registry/schemas.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import type { Asked, Reply } from "../support/loopback-server.ts";
import { serve } from "../support/loopback-server.ts";
import { digestFor, loopbackRegistry } from "./loopback-registry.ts";

const bytes = Buffer.from('{"schemaVersion":2}');
const manifest = { bytes, mediaType: MEDIA_TYPE.ociManifest };
const digest = digestFor(bytes);
const nothing = async () => undefined;
const lines = (asked: Asked[]) => asked.map(({ method, path }) => `${method} ${path}`);

/** A client of a server that answers so, without patience. */
const clientOf = async (answer: (asked: Asked) => Reply | undefined) => {
	const server = await serve(answer);
	const options = { timeoutMs: 500, tries: 2, retryMs: 1 };
	return { ...server, registry: createRegistry({ address: server.host, tls: false }, undefined, options) };
};

describe("a tag", () => {
	it("is moved by one request, after a look", async () => {
		const { client, asked } = await loopbackRegistry();
		const looks: string[] = [];
		const look = async () => void looks.push("look");
		expect(await client().moveTag("o/app", "canary", manifest, look as never)).toBe(true);
		expect(lines(asked)).toEqual(["PUT /v2/o/app/manifests/canary"]);
		expect([looks, asked[0]!.headers["if-match"]]).toEqual([["look"], undefined]);
		expect(await client().standing("o/app", "canary")).toEqual({ digest, etag: undefined });
		expect(await client().standing("o/app", "stable")).toBeUndefined();
	});

	it("that is written just now is looked at again", async () => {
		let looks = 0;
		const { registry } = await clientOf(() => ({
			status: looks++ < 2 ? 500 : 200,
			headers: { "docker-content-digest": digest },
		}));
		expect(await registry.standing("app", "canary")).toEqual({ digest, etag: undefined });
		expect(looks).toBe(3);
		const { registry: broken } = await clientOf(() => ({ status: 500 }));
		await expect(broken.standing("app", "canary")).rejects.toMatchObject({ code: "registry_error" });
	});

	it("is moved only from what the entity tag is of, where the registry gives one", async () => {
		const { registry, asked } = await clientOf(({ method }) =>
			method === "PUT" ? { status: 412 } : { status: 200, headers: { "docker-content-digest": digest, etag: '"e1"' } },
		);
		const seen = await registry.standing("app", "canary");
		expect(seen).toEqual({ digest, etag: '"e1"' });
		expect(await registry.moveTag("app", "canary", manifest, async () => seen)).toBe(false);
		expect(asked.at(-1)!.headers["if-match"]).toBe('"e1"');
	});

	it("is known by its bytes where the registry tells no digest; a weak entity tag compares nothing", async () => {
		const { registry } = await clientOf(() => ({ status: 200, headers: { etag: 'W/"e1"' }, body: bytes }));
		expect(await registry.standing("app", "canary")).toEqual({ digest, etag: undefined });
	});

	it("is looked at before each try of a registry that cannot serve just then", async () => {
		let puts = 0;
		const { registry } = await clientOf(() => ({ status: puts++ === 0 ? 503 : 201 }));
		let looks = 0;
		expect(await registry.moveTag("app", "canary", manifest, async () => void looks++ as never)).toBe(true);
		expect([puts, looks]).toEqual([2, 2]);
	});

	it("that resolves to it already by then is written no more", async () => {
		const { registry, asked } = await clientOf(() => ({ status: 503 }));
		let looks = 0;
		expect(await registry.moveTag("app", "canary", manifest, async () => (looks++ > 0 ? "there" : undefined))).toBe(
			true,
		);
		expect(lines(asked)).toEqual(["PUT /v2/app/manifests/canary"]);
	});

	it.each([
		[429, /limits how often it is asked/],
		[503, /look at the registry's log/],
		[500, /look at the registry's log/],
	])("of a registry that goes on answering %s is not moved", async (status, hint) => {
		const { registry } = await clientOf(() => ({ status }));
		await expect(registry.moveTag("app", "canary", manifest, nothing)).rejects.toMatchObject({
			code: "registry_error",
			message: expect.stringContaining(`HTTP ${status} to PUT /v2/app/manifests/canary`) as string,
			hint: expect.stringMatching(hint) as string,
		});
	});
});

describe("the tags of a repository", () => {
	it("are listed over pages of the same server", async () => {
		const { registry, asked } = await clientOf(({ path }) =>
			path.includes("last=")
				? { status: 200, body: '{"tags":["c"]}', headers: { link: '</v2/x>; rel="first"' } }
				: {
						status: 200,
						body: '{"tags":["a","b"]}',
						headers: { link: '</v2/o/app/tags/list?last=b&n=1000>; rel="next"' },
					},
		);
		expect(await registry.tags("o/app")).toEqual(["a", "b", "c"]);
		expect(lines(asked)).toEqual(["GET /v2/o/app/tags/list?n=1000", "GET /v2/o/app/tags/list?last=b&n=1000"]);
	});

	it.each([
		["a path", '</v2/o/app/tags/list?last=b>; rel="next"'],
		["a relative address", '<list?last=b>; rel="next"'],
		["a query alone", "<?last=b>; rel=next"],
		["one of several links", '</v2/o/app/tags/list>; rel="first", </v2/o/app/tags/list?last=b>; rel="next"'],
	])("F82: that go on at %s are followed", async (_what, link) => {
		const { registry, asked } = await clientOf(({ path }) =>
			path.includes("last=")
				? { status: 200, body: '{"tags":["c"]}' }
				: { status: 200, body: '{"tags":["a","b"]}', headers: { link } },
		);
		expect(await registry.tags("o/app")).toEqual(["a", "b", "c"]);
		expect(lines(asked)).toEqual(["GET /v2/o/app/tags/list?n=1000", "GET /v2/o/app/tags/list?last=b"]);
	});

	it.each([
		["on another server", '<http://other.test/v2/x>; rel="next"', 1],
		["without an address", '<http://[>; rel="next"', 1],
		["in no known form", "</v2/x; rel=next", 1],
		["without an end", '</v2/app/tags/list?last=a>; rel="next"', 100],
	])("that go on %s are refused: what is needed is not known then", async (_where, link, pages) => {
		const { registry, asked, host } = await clientOf(() => ({
			status: 200,
			body: '{"tags":["a"]}',
			headers: { link },
		}));
		await expect(registry.tags("app")).rejects.toMatchObject({
			code: "registry_error",
			message: `the registry ${host} lists more tags of app than could be read`,
		});
		expect(asked).toHaveLength(pages);
	});

	it.each([
		[{ status: 404 }, []],
		[{ status: 200, body: '{"tags":null}' }, []],
	])("are none in %j", async (reply, tags) => {
		expect(await (await clientOf(() => reply)).registry.tags("app")).toEqual(tags);
	});

	it("in another form are refused", async () => {
		const { registry } = await clientOf(() => ({ status: 200, body: '{"tags":[1]}' }));
		await expect(registry.tags("app")).rejects.toMatchObject({ code: "registry_error" });
	});
});

describe("a manifest", () => {
	it.each([
		[202, true],
		[404, false],
	])("is removed by its digest: %s", async (status, gone) => {
		const { registry, asked } = await clientOf(() => ({ status }));
		expect(await registry.deleteManifest("app", digest)).toBe(gone);
		expect(lines(asked)).toEqual([`DELETE /v2/app/manifests/${digest}`]);
	});

	it("of a registry that deletes nothing stays, and how to turn it on is told", async () => {
		const { registry, host } = await clientOf(() => ({ status: 405 }));
		await expect(registry.deleteManifest("app", digest)).rejects.toMatchObject({
			code: "registry_keeps_all",
			message: `the registry ${host} deletes no manifest (HTTP 405)`,
			hint: expect.stringContaining("REGISTRY_STORAGE_DELETE_ENABLED=true") as string,
		});
	});
});
