import { LABEL, OCI } from "../contracts/labels.ts";
import { MEDIA_TYPE, labelsOf, type Descriptor, type ImageConfig, type ImageManifest } from "../registry/schemas.ts";
import type { ReleaseFacts } from "./build-id.ts";
import { canonicalJson } from "../system/json.ts";

/** The config fields of the image-spec (config.md), and Docker's Healthcheck and Shell; all else is of one build host. */
const CONFIG_FIELDS = new Set([
	...["User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "StopSignal"],
	...["Healthcheck", "Shell"],
]);

export interface ImageFacts extends ReleaseFacts {
	buildId: string;
	title: string;
	/** The layer below: its name without a registry host (a copy elsewhere is the same image) and digest. */
	base: { name: string; digest: string };
}

/** What stands in the image as labels, and as annotations beside title and base. */
export const factLabels = (facts: Omit<ImageFacts, "title" | "base">): Record<string, string> => ({
	[LABEL.kind]: facts.kind,
	[LABEL.flavour]: facts.flavour,
	[LABEL.inputs]: facts.inputs,
	[LABEL.buildId]: facts.buildId,
	[OCI.revision]: facts.revision,
	[OCI.created]: facts.created,
	[OCI.version]: facts.version,
	...(facts.source === undefined ? {} : { [OCI.source]: facts.source }),
});

/** The config without times, hosts and builders: equal inputs give equal bytes. */
export const normalConfig = (config: ImageConfig, { created }: ImageFacts): Buffer =>
	Buffer.from(
		canonicalJson({
			architecture: config.architecture,
			os: config.os,
			created,
			config: {
				...Object.fromEntries(
					Object.entries(config.config ?? {}).filter(([name, value]) => CONFIG_FIELDS.has(name) && value != null),
				),
				Labels: labelsOf(config),
			},
			rootfs: config.rootfs,
			history: config.history.map(({ created_by, comment, empty_layer }) => ({
				created,
				...(created_by ? { created_by } : {}),
				...(comment ? { comment } : {}),
				...(empty_layer ? { empty_layer } : {}),
			})),
		}),
	);

/** The OCI manifest (image-spec, manifest.md) over the layers that the daemon pushed. */
export const ociManifest = (pushed: ImageManifest, config: Descriptor, facts: ImageFacts): Buffer =>
	Buffer.from(
		canonicalJson({
			schemaVersion: 2,
			mediaType: MEDIA_TYPE.ociManifest,
			config,
			layers: pushed.layers.map(({ mediaType, digest, size }) => ({ mediaType: layerType(mediaType), digest, size })),
			annotations: {
				...factLabels(facts),
				[OCI.title]: facts.title,
				[OCI.baseName]: facts.base.name,
				[OCI.baseDigest]: facts.base.digest,
			},
		}),
	);

/** OCI's name of a layer's type; how it is compressed stays (image-spec, media-types.md). */
function layerType(pushed: string): string {
	if (pushed.endsWith("zstd")) return MEDIA_TYPE.ociZstdLayer;
	return pushed.endsWith(".tar") ? MEDIA_TYPE.ociPlainLayer : MEDIA_TYPE.ociLayer;
}
