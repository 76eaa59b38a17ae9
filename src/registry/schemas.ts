import { z } from "zod";
import { jsonOf } from "../system/json.ts";
import { isDigest, type Digest } from "./image-reference.ts";

/** Media types of the OCI image-spec v1.1 and of Docker's image manifest version 2, schema 2. */
export const MEDIA_TYPE = {
	ociManifest: "application/vnd.oci.image.manifest.v1+json",
	ociIndex: "application/vnd.oci.image.index.v1+json",
	ociEmpty: "application/vnd.oci.empty.v1+json",
	ociConfig: "application/vnd.oci.image.config.v1+json",
	ociLayer: "application/vnd.oci.image.layer.v1.tar+gzip",
	ociZstdLayer: "application/vnd.oci.image.layer.v1.tar+zstd",
	ociPlainLayer: "application/vnd.oci.image.layer.v1.tar",
	dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
	dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
} as const;

/** Accept of a request for whatever manifest stands there. */
export const ANY_MANIFEST = [
	MEDIA_TYPE.ociManifest,
	MEDIA_TYPE.ociIndex,
	MEDIA_TYPE.dockerManifest,
	MEDIA_TYPE.dockerIndex,
].join(", ");

const digest = z.custom<Digest>((value) => typeof value === "string" && isDigest(value), "sha256:<64 hex digits>");

const descriptor = z.object({ mediaType: z.string(), digest, size: z.int().nonnegative() });
export type Descriptor = z.infer<typeof descriptor>;

export const imageManifestSchema = z.object({
	schemaVersion: z.literal(2),
	config: descriptor,
	layers: z.array(descriptor),
	annotations: z.record(z.string(), z.string()).optional(),
});
export type ImageManifest = z.infer<typeof imageManifestSchema>;

export const imageIndexSchema = z.object({
	schemaVersion: z.literal(2),
	manifests: z.array(
		descriptor.extend({ platform: z.object({ os: z.string(), architecture: z.string() }).optional() }),
	),
});

/** A manifest of an artifact, such as an attestation, that belongs to a subject (image-spec v1.1, manifest.md). */
export const artifactManifestSchema = z.object({
	schemaVersion: z.literal(2),
	artifactType: z.string().optional(),
	config: descriptor,
	layers: z.array(descriptor),
	subject: descriptor.optional(),
	annotations: z.record(z.string(), z.string()).optional(),
});
export type ArtifactManifest = z.infer<typeof artifactManifestSchema>;

const listSchema = z.object({
	schemaVersion: z.literal(2),
	manifests: z.array(z.looseObject({ digest: z.string() })),
});

/** The entries of an index as they stand there, whatever else they say; undefined for what is no index. */
export function listedIn(body: Buffer): { digest: string; [field: string]: unknown }[] | undefined {
	return listSchema.safeParse(jsonOf(body)).data?.manifests;
}

/** The part of an image config (image-spec, config.md) that cres reads; Docker adds more, which stays in `config`. */
export const imageConfigSchema = z.object({
	architecture: z.string(),
	os: z.string(),
	config: z.record(z.string(), z.unknown()).nullish(),
	rootfs: z.object({ type: z.literal("layers"), diff_ids: z.array(digest) }),
	history: z
		.array(
			z.object({
				created_by: z.string().optional(),
				comment: z.string().optional(),
				empty_layer: z.boolean().optional(),
			}),
		)
		.default([]),
});
export type ImageConfig = z.infer<typeof imageConfigSchema>;

/** Labels of an image config; image-spec calls the field `config.Labels`. */
export const labelsOf = ({ config }: ImageConfig): Record<string, string> =>
	z.record(z.string(), z.string()).catch({}).parse(config?.["Labels"]);
