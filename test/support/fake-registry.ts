import { createHash } from "node:crypto";
import { LABEL } from "../../src/contracts/labels.ts";
import { buildTag, isDigest, type Digest } from "../../src/registry/image-reference.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { MEDIA_TYPE } from "../../src/registry/schemas.ts";

/** An image that the registry holds. */
export interface FakeImage {
	buildId: string;
	flavour?: "cpu" | "cuda";
	/** Of its one layer. */
	bytes?: number;
}

/** Holds one image for each build, by digest and by tag; what is pushed to it is refused. */
export function fakeRegistry(address: string, images: readonly FakeImage[]): Registry {
	const stored = () => images.map((image) => ({ ...image, ...storedAs(image) }));
	const find = (reference: string) =>
		stored().find(({ buildId, digest }) => reference === (isDigest(reference) ? digest : buildTag(buildId)));
	const readOnly = () => Promise.reject(new Error("nothing is pushed here"));
	return {
		address,
		ping: async () => {},
		mayPush: async () => {},
		async resolve(_, reference) {
			const found = find(reference);
			return found && { digest: found.digest, mediaType: MEDIA_TYPE.ociManifest };
		},
		async manifest(_, reference) {
			const found = find(reference);
			return found && { digest: found.digest, mediaType: MEDIA_TYPE.ociManifest, bytes: found.manifest };
		},
		blob: async () => Buffer.from(CONFIG),
		putBlob: readOnly,
		putManifest: readOnly,
		referrers: async () => undefined,
		...{ standing: readOnly, moveTag: readOnly, tags: async () => [], deleteManifest: readOnly },
	};
}

const CONFIG = JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } });
const sha256 = (bytes: string): Digest => `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;

/** The digest of an image of one of the registry's usual size, without a flavour. */
export const digestOfBuild = (buildId: string): Digest => storedAs({ buildId }).digest;

/** The manifest of a build, as cres build writes it. */
function storedAs({ buildId, flavour, bytes = 300e6 }: FakeImage) {
	const manifest = JSON.stringify({
		schemaVersion: 2,
		config: { mediaType: MEDIA_TYPE.ociConfig, digest: sha256(CONFIG), size: CONFIG.length },
		layers: [{ mediaType: MEDIA_TYPE.ociLayer, digest: sha256(buildId), size: bytes }],
		annotations: { [LABEL.buildId]: buildId, ...(flavour ? { [LABEL.flavour]: flavour } : {}) },
	});
	return { digest: sha256(manifest), manifest: Buffer.from(manifest) };
}
