import { describe, expect, it } from "vitest";
import { LABEL, OCI } from "../../src/contracts/labels.ts";
import { describeImage, readImage } from "../../src/registry/release-image.ts";
import { MEDIA_TYPE, labelsOf } from "../../src/registry/schemas.ts";
import { digestFor, loopbackRegistry } from "./loopback-registry.ts";

const layers = [100, 23].map((size) => ({ mediaType: MEDIA_TYPE.ociLayer, digest: digestFor(`${size}`), size }));
const annotations = {
	[LABEL.buildId]: "0123456789ab",
	[LABEL.flavour]: "cuda",
	[OCI.revision]: "c0ffee",
	[OCI.created]: "2026-03-04T12:00:00Z",
	[OCI.version]: "1.2.3",
};
const config = {
	architecture: "amd64",
	os: "linux",
	config: { Labels: { a: "b" } },
	rootfs: { type: "layers", diff_ids: [digestFor("layer")] },
};

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** A registry whose repository `app` can be filled with images and lists of them. */
async function storeOfImages() {
	const { client } = await loopbackRegistry();
	const registry = client();
	return {
		registry,
		put: (tag: string, value: unknown, type: string = MEDIA_TYPE.ociManifest) =>
			registry.putManifest("app", tag, json(value), type),
		image: async (tag: string, more: object = {}, configMore: object = {}) => {
			const descriptor = await registry.putBlob("app", json({ ...config, ...configMore }), MEDIA_TYPE.ociConfig);
			const manifest = { schemaVersion: 2, config: descriptor, layers, ...more };
			return registry.putManifest("app", tag, json(manifest), MEDIA_TYPE.ociManifest);
		},
		describe: (reference: string) => describeImage(registry, "app", reference),
	};
}

const entryOf = (digest: string, platform?: { os: string; architecture: string }) => ({
	mediaType: MEDIA_TYPE.ociManifest,
	digest,
	size: 1,
	...(platform ? { platform } : {}),
});

describe("describeImage", () => {
	it("tells what the build has written", async () => {
		const { image, describe } = await storeOfImages();
		const digest = await image("1", { annotations });
		const told = {
			repository: "app",
			digest,
			buildId: "0123456789ab",
			flavour: "cuda",
			revision: "c0ffee",
			platform: "linux/amd64",
			compressedBytes: 123,
			created: "2026-03-04T12:00:00Z",
			version: "1.2.3",
		};
		expect(await describe("1")).toEqual(told);
		expect(await describe(digest)).toEqual(told);
		expect(await describe("2")).toBeUndefined();
	});

	it.each([
		["/tmp, /var/log/cres/,/workspace", ["/tmp", "/var/log/cres", "/workspace"]],
		["", []],
		["tmp,/a/../etc", []],
		["/tmp,/", undefined],
	])("A8: tells which folders the image says that it writes to: %s", async (label, writes) => {
		const { image, describe } = await storeOfImages();
		await image("1", { annotations }, { config: { Labels: { [LABEL.writes]: label } } });
		expect((await describe("1"))!.writes).toEqual(writes);
	});

	it("names what an older build did not write as unknown", async () => {
		const { image, describe } = await storeOfImages();
		await image("old", { annotations: { [LABEL.buildId]: "1" } });
		const unknown = { flavour: undefined, revision: "unknown", created: "unknown", version: "unknown" };
		expect(await describe("old")).toMatchObject({ buildId: "1", ...unknown });
	});

	it("refuses an image that no build of ours has made", async () => {
		const { image, describe } = await storeOfImages();
		await image("foreign");
		await image("empty", { annotations: { [LABEL.buildId]: "" } });
		for (const tag of ["foreign", "empty"])
			await expect(describe(tag)).rejects.toMatchObject({
				code: "image_not_ours",
				message: expect.stringMatching(new RegExp(`/app ${tag} has no build id$`)),
				hint: expect.stringContaining("cres build --push"),
			});
	});
});

describe("readImage", () => {
	it.each([MEDIA_TYPE.ociIndex, MEDIA_TYPE.dockerIndex])("finds the image for linux/amd64 in %s", async (type) => {
		const { registry, image, put } = await storeOfImages();
		const digest = await image("one", { annotations });
		const manifests = [
			entryOf(digestFor("no platform")),
			entryOf(digestFor("arm"), { os: "linux", architecture: "arm64" }),
			entryOf(digestFor("windows"), { os: "windows", architecture: "amd64" }),
			entryOf(digest, { os: "linux", architecture: "amd64" }),
		];
		await put("list", { schemaVersion: 2, manifests }, type);
		expect(await readImage(registry, "app", "list")).toMatchObject({ digest, manifest: { layers }, config });
	});

	it("F69: passes the attestations of an index by", async () => {
		const { registry, image, put } = await storeOfImages();
		const digest = await image("one", { annotations });
		const attestation = entryOf(digestFor("attestation"), { os: "unknown", architecture: "unknown" });
		await put(
			"list",
			{
				schemaVersion: 2,
				manifests: [attestation, entryOf(digest, { os: "linux", architecture: "amd64" }), attestation],
			},
			MEDIA_TYPE.ociIndex,
		);
		expect(await readImage(registry, "app", "list")).toMatchObject({ digest });
	});

	it("follows lists in lists, three in all and no more", async () => {
		const { registry, image, put } = await storeOfImages();
		let digest: string = await image("one", { annotations });
		const wanted = digest;
		for (let depth = 1; depth <= 5; depth++) {
			const manifests = [entryOf(digest, { os: "linux", architecture: "amd64" })];
			digest = await put(`list-${depth}`, { schemaVersion: 2, manifests }, MEDIA_TYPE.ociIndex);
		}
		expect(await readImage(registry, "app", "list-3")).toMatchObject({ digest: wanted });
		await expect(readImage(registry, "app", "list-4")).rejects.toMatchObject({ code: "image_wrong_platform" });
		await expect(readImage(registry, "app", "list-5")).rejects.toMatchObject({ code: "image_wrong_platform" });
	});

	it("names the platforms there are", async () => {
		const { registry, image, put } = await storeOfImages();
		const manifests = [
			entryOf(digestFor("arm"), { os: "linux", architecture: "arm64" }),
			entryOf(digestFor("windows"), { os: "windows", architecture: "amd64" }),
		];
		await put("list", { schemaVersion: 2, manifests }, MEDIA_TYPE.ociIndex);
		await expect(readImage(registry, "app", "list")).rejects.toMatchObject({
			code: "image_wrong_platform",
			message: expect.stringContaining("/app list is for linux/arm64, windows/amd64, not linux/amd64"),
			hint: expect.stringContaining("cres build --push"),
		});
		await image("arm", {}, { architecture: "arm64" });
		await image("windows", {}, { os: "windows" });
		await expect(readImage(registry, "app", "arm")).rejects.toMatchObject({
			message: expect.stringContaining("/app arm is for linux/arm64, not"),
		});
		await expect(readImage(registry, "app", "windows")).rejects.toMatchObject({ code: "image_wrong_platform" });
	});

	it.each<[string, unknown]>([
		["another schema", { schemaVersion: 1, config: layers[0], layers }],
		["no config", { schemaVersion: 2, layers }],
		["a size below zero", { schemaVersion: 2, config: layers[0], layers: [{ ...layers[0], size: -1 }] }],
		["a digest of another kind", { schemaVersion: 2, config: { ...layers[0], digest: "md5:1" }, layers }],
		["no object", "text"],
	])("takes no manifest with %s", async (_fault, manifest) => {
		const { registry, put } = await storeOfImages();
		await put("odd", manifest);
		await expect(readImage(registry, "app", "odd")).rejects.toMatchObject({
			code: "registry_error",
			message: expect.stringMatching(/: odd is not an image manifest or config$/),
			cause: expect.anything(),
		});
	});

	it("takes no config that is none, nor a text for a manifest", async () => {
		const { registry, image } = await storeOfImages();
		await image("odd", {}, { rootfs: { type: "layer", diff_ids: [] } });
		await expect(readImage(registry, "app", "odd")).rejects.toMatchObject({
			code: "registry_error",
			message: expect.stringMatching(/: sha256:[0-9a-f]{64} is not an image manifest or config$/),
		});
		await registry.putManifest("app", "text", Buffer.from("text"), MEDIA_TYPE.ociManifest);
		await expect(readImage(registry, "app", "text")).rejects.toMatchObject({ code: "registry_error" });
	});
});

describe("the history of a config", () => {
	it("is kept, and may be missing", async () => {
		const { registry, image } = await storeOfImages();
		const history = [{ created_by: "RUN make", comment: "buildkit", empty_layer: true }, {}];
		await image("told", {}, { history });
		await image("bare");
		expect((await readImage(registry, "app", "told"))!.config.history).toEqual(history);
		expect((await readImage(registry, "app", "bare"))!.config.history).toEqual([]);
	});
});

describe("labels of a config", () => {
	it("are those of the image, or none", async () => {
		const { registry, image } = await storeOfImages();
		await image("one");
		await image("bare", {}, { config: undefined });
		await image("odd", {}, { config: { Labels: { a: 1 } } });
		const labels = async (tag: string) => labelsOf((await readImage(registry, "app", tag))!.config);
		expect([await labels("one"), await labels("bare"), await labels("odd")]).toEqual([{ a: "b" }, {}, {}]);
	});
});
