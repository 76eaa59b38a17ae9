import type { z } from "zod";
import { writesOf } from "../contracts/container.ts";
import { LABEL, OCI } from "../contracts/labels.ts";
import { UserError } from "../errors/errors.ts";
import type { Digest } from "./image-reference.ts";
import type { Registry } from "./registry.ts";
import {
	MEDIA_TYPE,
	imageConfigSchema,
	imageIndexSchema,
	imageManifestSchema,
	labelsOf,
	type ImageConfig,
	type ImageManifest,
} from "./schemas.ts";

/** An app image of ours in the registry. */
export interface ReleaseImage {
	repository: string;
	/** Of the image manifest, also when an index was asked for. */
	digest: Digest;
	buildId: string;
	/** `cpu` or `cuda`; undefined for an image of before there were flavours. */
	flavour: string | undefined;
	/** Git commit. */
	revision: string;
	platform: "linux/amd64";
	/** Sum of the layers as they travel. */
	compressedBytes: number;
	/** RFC 3339. */
	created: string;
	version: string;
	/** Folders that its programs write to; absent: it does not say. */
	writes?: readonly string[];
}

/** Manifest and config of one image for linux/amd64. */
export interface StoredImage {
	digest: Digest;
	manifest: ImageManifest;
	config: ImageConfig;
}

/**
 * What the registry holds under a tag or digest; undefined when there is nothing.
 * @throws UserError image_wrong_platform, image_not_ours, and those of the registry
 */
export async function describeImage(
	registry: Registry,
	repository: string,
	reference: string,
): Promise<ReleaseImage | undefined> {
	const image = await readImage(registry, repository, reference);
	if (!image) return undefined;
	const facts = image.manifest.annotations ?? {}; // what the daemon has pushed and no build has finished has labels only
	const buildId = facts[LABEL.buildId];
	if (!buildId)
		throw new UserError("image_not_ours", `${registry.address}/${repository} ${reference} has no build id`, {
			hint: "give an image that cres build --push has made",
		});
	const writes = writesOf(labelsOf(image.config)[LABEL.writes]);
	return {
		repository,
		digest: image.digest,
		buildId,
		flavour: facts[LABEL.flavour],
		revision: facts[OCI.revision] ?? "unknown",
		platform: "linux/amd64",
		compressedBytes: compressedBytes(image.manifest),
		created: facts[OCI.created] ?? "unknown",
		version: facts[OCI.version] ?? "unknown",
		...(writes ? { writes } : {}),
	};
}

/** Bytes of all layers as the registry keeps them. */
export const compressedBytes = ({ layers }: ImageManifest): number => layers.reduce((sum, { size }) => sum + size, 0);

/** Indexes inside of an index that are followed. */
const DEEPEST = 3;

/** The linux/amd64 image under a reference, through an index if need be. @throws UserError image_wrong_platform */
export async function readImage(
	registry: Registry,
	repository: string,
	reference: string,
	depth = DEEPEST,
): Promise<StoredImage | undefined> {
	const found = await registry.manifest(repository, reference);
	if (!found) return undefined;
	if (found.mediaType === MEDIA_TYPE.ociIndex || found.mediaType === MEDIA_TYPE.dockerIndex) {
		const { manifests } = parse(registry, imageIndexSchema, found.bytes, reference);
		const fit = manifests.find(({ platform }) => platform?.os === "linux" && platform.architecture === "amd64");
		if (fit && depth > 0) return readImage(registry, repository, fit.digest, depth - 1);
		const platforms = manifests.map(({ platform }) => platform && `${platform.os}/${platform.architecture}`);
		throw wrongPlatform(registry, repository, reference, platforms.join(", "));
	}
	const manifest = parse(registry, imageManifestSchema, found.bytes, reference);
	const bytes = await registry.blob(repository, manifest.config.digest);
	const config = parse(registry, imageConfigSchema, bytes, manifest.config.digest);
	const platform = `${config.os}/${config.architecture}`;
	if (platform !== "linux/amd64") throw wrongPlatform(registry, repository, reference, platform);
	return { digest: found.digest, manifest, config };
}

function parse<T>(registry: Registry, schema: z.ZodType<T>, bytes: Buffer, what: string): T {
	try {
		return schema.parse(JSON.parse(bytes.toString()));
	} catch (cause) {
		throw new UserError("registry_error", `${registry.address}: ${what} is not an image manifest or config`, {
			hint: "give a tag or digest of an image that cres build --push has made",
			cause,
		});
	}
}

const wrongPlatform = (registry: Registry, repository: string, reference: string, platforms: string) =>
	new UserError(
		"image_wrong_platform",
		`${registry.address}/${repository} ${reference} is for ${platforms}, not linux/amd64`,
		{ hint: "give an image for linux/amd64: cres build --push makes one" },
	);
