import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { LABEL } from "../../src/contracts/labels.ts";
import { buildTag } from "../../src/registry/image-reference.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { readImage } from "../../src/registry/release-image.ts";
import { MEDIA_TYPE, labelsOf } from "../../src/registry/schemas.ts";

interface Variant {
	buildId: string;
	entrypoint: readonly string[];
	/** Text of each file that is added, by its path without the first slash. */
	files: Readonly<Record<string, string>>;
	/** Beside those of the image, or instead of them. */
	labels?: Readonly<Record<string, string>>;
}

/** Pushes another image with the layers of `from`, as a build of its own. */
export async function pushVariant(
	registry: Registry,
	repository: string,
	from: string,
	{ buildId, entrypoint, files, labels: own = {} }: Variant,
): Promise<void> {
	const image = (await readImage(registry, repository, from))!;
	const tar = await tarOf(files);
	const labels = { ...labelsOf(image.config), [LABEL.buildId]: buildId, ...own };
	const { config, rootfs, history } = image.config;
	const changed = {
		...image.config,
		config: { ...config, Entrypoint: entrypoint, Cmd: [], Labels: labels },
		rootfs: { ...rootfs, diff_ids: [...rootfs.diff_ids, sha256(tar)] },
		history: [...history, { created_by: "test" }],
	};
	const layer = await registry.putBlob(repository, gzipSync(tar), MEDIA_TYPE.ociLayer);
	const put = await registry.putBlob(repository, Buffer.from(JSON.stringify(changed)), MEDIA_TYPE.ociConfig);
	const manifest = {
		...image.manifest,
		...{ mediaType: MEDIA_TYPE.ociManifest, config: put, layers: [...image.manifest.layers, layer] },
		annotations: { ...image.manifest.annotations, [LABEL.buildId]: buildId },
	};
	const bytes = Buffer.from(JSON.stringify(manifest));
	await registry.putManifest(repository, buildTag(buildId), bytes, MEDIA_TYPE.ociManifest);
}

const sha256 = (bytes: Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

async function tarOf(files: Variant["files"]): Promise<Buffer> {
	const tar = pack();
	for (const [name, text] of Object.entries(files)) tar.entry({ name, mode: 0o755 }, text);
	tar.finalize();
	return buffer(tar);
}
