import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Digest } from "../../src/registry/image-reference.ts";
import { attach, fallbackTag, readReferrers } from "../../src/registry/referrers.ts";
import { createRegistry, type Registry } from "../../src/registry/registry.ts";
import { listedIn, MEDIA_TYPE } from "../../src/registry/schemas.ts";
import { pausing } from "../../src/system/retry.ts";
import { dockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { serve, type Asked } from "../support/loopback-server.ts";
import { pushImage, REPOSITORY } from "../attest/world.ts";
import { digestFor, loopbackRegistry } from "./loopback-registry.ts";

const TYPE = "application/vnd.test.v1+json";
const pause = pausing(undefined);

const attachText = (registry: Registry, subject: Digest, text: string, type = TYPE): Promise<Digest> =>
	attach(registry, REPOSITORY, subject, { type, bytes: Buffer.from(text), annotations: { text } }, pause);

const read = (registry: Registry, subject: Digest, type = TYPE) => readReferrers(registry, REPOSITORY, subject, type);
const digestsOf = async (registry: Registry, subject: Digest): Promise<string[]> =>
	(await read(registry, subject)).found.map(({ digest }) => digest).toSorted();
const isReferrers = ({ path }: Asked): boolean => path.includes("/referrers/");
const isTag = ({ path, method }: Asked): boolean => method === "PUT" && path.includes("/manifests/sha256-");

describe("a registry with the referrers API", () => {
	it("lists what was attached, page by page, and nothing is written into the fallback tag", async () => {
		const { client, asked } = await loopbackRegistry({ referrersPage: 2 });
		const registry = client();
		const subject = await pushImage(registry);
		const made: string[] = [];
		for (const text of ["a", "b", "c", "d", "e"]) made.push(await attachText(registry, subject, text));
		expect(await digestsOf(registry, subject)).toEqual(made.toSorted());
		expect(asked.filter(isTag)).toEqual([]);
	});

	it("is asked for nothing on another server", async () => {
		const elsewhere = await serve(() => ({ status: 200, body: "{}" }));
		const index = JSON.stringify({ schemaVersion: 2, manifests: [] });
		const headers = { link: `<${elsewhere.origin}/v2/next>; rel="next"` };
		const instead = (asked: Asked) => (isReferrers(asked) ? { status: 200, headers, body: index } : undefined);
		const { client } = await loopbackRegistry({ instead });
		expect(await client().referrers(REPOSITORY, digestFor("x"))).toEqual([]);
		expect(elsewhere.asked).toEqual([]);
	});

	it("may say anything of an artifact's type: its manifest counts", async () => {
		const { client } = await loopbackRegistry({ referrersPage: 9 });
		const registry = client();
		const subject = await pushImage(registry);
		const ours = await attachText(registry, subject, "a");
		await attachText(registry, subject, "b", "application/other");
		expect(await digestsOf(registry, subject)).toEqual([ours]);
	});
});

describe("a registry that has another idea of the referrers API", () => {
	it.each([
		["redirects to a page", 303],
		["moves it", 307],
		["knows no such path", 404],
		["knows no such method", 405],
	])("%s (%i): the fallback tag is read, and the redirect is not followed", async (_, status) => {
		const elsewhere = await serve(() => ({ status: 429 }));
		const headers = { location: `${elsewhere.origin}/packages` };
		const { client } = await loopbackRegistry({
			login: "basic",
			instead: (asked) => (isReferrers(asked) && asked.headers.authorization ? { status, headers } : undefined),
		});
		const registry = client("pass-word-1");
		const subject = await pushImage(registry);
		const digest = await attachText(registry, subject, "a");
		expect(await digestsOf(registry, subject)).toEqual([digest]);
		expect(elsewhere.asked).toEqual([]);
	});

	it("answers with a page that is no index", async () => {
		const { client } = await loopbackRegistry({
			instead: (asked) => (isReferrers(asked) ? { status: 200, body: "<html>" } : undefined),
		});
		const registry = client();
		const subject = await pushImage(registry);
		const digest = await attachText(registry, subject, "a");
		expect(await digestsOf(registry, subject)).toEqual([digest]);
	});

	it("names the subject as if it listed it (OCI-Subject), and lists nothing", async () => {
		const instead = (asked: Asked) => (isReferrers(asked) ? { status: 404 } : undefined);
		const { client, asked } = await loopbackRegistry({ instead, referrersPage: 9 });
		const registry = client();
		const subject = await pushImage(registry);
		const digest = await attachText(registry, subject, "a");
		expect(await digestsOf(registry, subject)).toEqual([digest]);
		expect(asked.filter(isTag)).toHaveLength(1);
	});

	it("lists late: the fallback tag has it meanwhile, and it is read once", async () => {
		const empty = JSON.stringify({ schemaVersion: 2, manifests: [] });
		let isLate = true;
		const instead = (asked: Asked) => (isLate && isReferrers(asked) ? { status: 200, body: empty } : undefined);
		const { client } = await loopbackRegistry({ instead, referrersPage: 9 });
		const registry = client();
		const subject = await pushImage(registry);
		const digest = await attachText(registry, subject, "a");
		expect(await digestsOf(registry, subject)).toEqual([digest]);
		isLate = false;
		expect(await digestsOf(registry, subject)).toEqual([digest]);
	});
});

describe("the fallback tag", () => {
	it("passes by what is for another image, no manifest, or gone", async () => {
		const { client, stored } = await loopbackRegistry();
		const registry = client();
		const [subject, other] = [await pushImage(registry, "one"), await pushImage(registry, "other")];
		const ours = await attachText(registry, subject, "a");
		const foreign = await attachText(registry, other, "b");
		const entries = [{ digest: foreign }, { digest: digestFor("gone") }, { digest: other }, { digest: "odd" }];
		const index = listedIn(stored.get(`/v2/${REPOSITORY}/manifests/${fallbackTag(subject)}`)!.bytes)!;
		const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [...index, ...entries] }));
		await registry.putManifest(REPOSITORY, fallbackTag(subject), bytes, MEDIA_TYPE.ociIndex);
		expect(await digestsOf(registry, subject)).toEqual([ours]);
	});

	it("keeps what others wrote into it, with every field", async () => {
		const { client, stored } = await loopbackRegistry();
		const registry = client();
		const subject = await pushImage(registry);
		const theirs = { mediaType: "a/b", digest: digestFor("x"), size: 1, annotations: { by: "cosign" }, more: true };
		const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [theirs] }));
		await registry.putManifest(REPOSITORY, fallbackTag(subject), bytes, MEDIA_TYPE.ociIndex);
		await attachText(registry, subject, "a");
		const index = listedIn(stored.get(`/v2/${REPOSITORY}/manifests/${fallbackTag(subject)}`)!.bytes)!;
		expect(index[0]).toEqual(theirs);
		expect(index).toHaveLength(2);
	});

	it("is neither written over nor read as an empty list where it holds something else", async () => {
		const { client } = await loopbackRegistry();
		const registry = client();
		const subject = await pushImage(registry);
		await registry.putManifest(REPOSITORY, fallbackTag(subject), Buffer.from("{}"), MEDIA_TYPE.ociManifest);
		const noIndex = { code: "registry_error", message: expect.stringMatching(/:sha256-[0-9a-f]{64} is no index$/) };
		await expect(attachText(registry, subject, "a")).rejects.toMatchObject(noIndex);
		await expect(digestsOf(registry, subject)).rejects.toMatchObject(noIndex);
	});

	it("does not matter where the registry lists by itself", async () => {
		const { client } = await loopbackRegistry({ referrersPage: 1 });
		const registry = client();
		const subject = await pushImage(registry);
		const digest = await attachText(registry, subject, "a");
		await registry.putManifest(REPOSITORY, fallbackTag(subject), Buffer.from("{}"), MEDIA_TYPE.ociManifest);
		expect(await digestsOf(registry, subject)).toEqual([digest]);
	});

	it("is given up when others write it without end", async () => {
		const { client } = await loopbackRegistry({
			instead: (asked) => (isTag(asked) ? { status: 201, headers: {} } : undefined),
		});
		const registry = client();
		const subject = await pushImage(registry);
		const artifact = { type: TYPE, bytes: Buffer.from("a"), annotations: {} };
		await expect(attach(registry, REPOSITORY, subject, artifact, async () => {})).rejects.toMatchObject({
			code: "referrers_contended",
		});
	});
});

it("nothing is attached to an image that is not there", async () => {
	const { client, asked } = await loopbackRegistry();
	await expect(attachText(client(), digestFor("none"), "a")).rejects.toMatchObject({ code: "image_missing" });
	expect(asked.filter(({ method }) => method !== "GET")).toEqual([]);
});

describe("Debian's registry, which has no referrers API", () => {
	let debian: DockerRegistry;
	beforeAll(async () => {
		debian = await dockerRegistry();
	});
	afterAll(() => debian[Symbol.asyncDispose]());

	it("says so", async () => {
		expect(await debian.client().referrers(REPOSITORY, digestFor("x"))).toBeUndefined();
	});

	it.each([2, 4])("%i writers of one fallback tag lose nothing", async (writers) => {
		const subject = await pushImage(debian.client(), `for ${writers}`);
		const rounds = 12 / writers;
		const work = Array.from({ length: writers }, async (_, writer) => {
			const registry = createRegistry({ address: debian.address, tls: false }, undefined);
			const made: string[] = [];
			for (let round = 0; round < rounds; round++) made.push(await attachText(registry, subject, `${writer}/${round}`));
			return made;
		});
		const made = (await Promise.all(work)).flat();
		expect(await digestsOf(debian.client(), subject)).toEqual(made.toSorted());
		expect(new Set(made).size).toBe(12);
	});
});
