import { UserError } from "../errors/errors.ts";
import type { Digest } from "../registry/image-reference.ts";
import type { Registry } from "../registry/registry.ts";
import { readImage, type StoredImage } from "../registry/release-image.ts";
import { MEDIA_TYPE, imageManifestSchema, type ImageManifest } from "../registry/schemas.ts";
import { normalConfig, ociManifest } from "./manifest.ts";
import type { BuildPorts } from "./ports.ts";
import type { PreparedImage } from "./prepare.ts";
import { pushImage } from "./push.ts";

export interface Published {
	digest: Digest;
	manifest: ImageManifest;
	/** Compressed bytes of the layers that travelled. */
	pushedBytes: number;
}

/**
 * Pushes a built image, replaces the daemon's manifest by the reproducible one over the same layers, and tags its
 * inputs last, behind the provenance: an interrupted push is not there for the next build. What is returned was read back.
 * @param expected digest of the image that these inputs gave before, if any
 * @throws UserError push_failed, not_reproducible, registry_mismatch and those of the registry
 */
export async function publish(
	ports: BuildPorts,
	image: PreparedImage,
	daemon: string,
	expected: Digest | undefined,
	report: (text: string) => void,
): Promise<Published> {
	const registry = await ports.registry();
	const { repository, buildTag: tag } = image;
	const { credential, signal } = ports;
	const sent = await pushImage({ daemon, host: registry.address, repository, tag, credential }, report, signal);
	const pushed = await readImage(registry, repository, tag);
	if (!pushed) throw mismatch(registry, image, "nothing");
	const config = await registry.putBlob(repository, normalConfig(pushed.config, image.facts), MEDIA_TYPE.ociConfig);
	const bytes = ociManifest(pushed.manifest, config, image.facts);
	const digest = await registry.putManifest(repository, tag, bytes, MEDIA_TYPE.ociManifest);
	if (expected !== undefined && digest !== expected) throw await restore(registry, image, expected, digest);
	if (image.definition.kind === "app") await ports.provenance?.sign(digest);
	signal.throwIfAborted();
	await registry.putManifest(repository, image.keyTag, bytes, MEDIA_TYPE.ociManifest);
	await proveTags(registry, image, digest);
	const manifest = imageManifestSchema.parse(JSON.parse(bytes.toString()));
	return { digest, manifest, pushedBytes: bytesOf(pushed, sent) };
}

async function proveTags(registry: Registry, image: PreparedImage, digest: Digest): Promise<void> {
	const { repository } = image;
	const tags = [image.buildTag, image.keyTag];
	const seen = await Promise.all(tags.map((tag) => registry.manifest(repository, tag)));
	for (const found of seen) if (found?.digest !== digest) throw mismatch(registry, image, found?.digest ?? "nothing");
}

/** A build id stands for one digest, so the image that has it already keeps it. */
async function restore(registry: Registry, image: PreparedImage, expected: Digest, seen: Digest): Promise<UserError> {
	const { repository, buildTag, definition } = image;
	const before = await registry.manifest(repository, expected);
	if (before) await registry.putManifest(repository, buildTag, before.bytes, before.mediaType);
	return new UserError(
		"not_reproducible",
		`the same inputs gave ${expected} before and ${seen} now; the registry keeps the first`,
		{ hint: `change ${definition.dockerfile} or what is below it (BASE_IMAGE) to get a new image on purpose` },
	);
}

const mismatch = (registry: Registry, { repository, buildTag }: PreparedImage, seen: string) =>
	new UserError(
		"registry_mismatch",
		`${registry.address}/${repository}:${buildTag} was pushed, but read back as ${seen}`,
		{
			hint: "somebody else may have pushed the same tag: run the command again",
		},
	);

/** The classic store calls a layer by its diff id in its events, containerd's by its digest: the first 12 digits. */
const shortId = (digest: string): string => digest.slice("sha256:".length, "sha256:".length + 12);

/** Compressed bytes of the layers that were sent. @param sent the first 12 digits of their ids */
export const bytesOf = (
	{ manifest, config }: Pick<StoredImage, "manifest" | "config">,
	sent: ReadonlySet<string>,
): number =>
	manifest.layers
		.filter(({ digest }, index) => [digest, config.rootfs.diff_ids[index] ?? ""].some((id) => sent.has(shortId(id))))
		.reduce((sum, { size }) => sum + size, 0);
