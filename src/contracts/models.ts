import { z } from "zod";

/** Where an image keeps model files, unless MODELS_DIR says otherwise. */
export const MODELS_DIR = "/workspace/packages/models";
/** The object that says which models there are. */
export const MODELS_MANIFEST_KEY = "models/manifest.json";
/** The same object under its checksum: who knows one manifest still finds it when the next one is there. */
export const pinnedManifestKey = (sha256: string): string => `models/manifests/${sha256}.json`;

/** `whisper`: a directory in CTranslate2 form. `llm`: a GGUF file. */
export const MODEL_KINDS = ["whisper", "llm"] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

/** What a model is called, and each part of its files' paths: it stands in object keys and in addresses. */
export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/;

const path = z
	.string()
	.refine((given) => given.split("/").every((part) => MODEL_NAME.test(part)), "a relative path of plain names");

const modelFileSchema = z.object({
	/** Relative to the directory of models. */
	path,
	bytes: z.int().positive(),
	sha256: z.string().regex(/^[0-9a-f]{64}$/),
	/** Key in the bucket, or an http(s) address; what comes from there counts only with the checksum. */
	source: z.string().min(1),
});
export type ModelFile = z.infer<typeof modelFileSchema>;

const modelSchema = z.object({
	name: z.string().regex(MODEL_NAME),
	kind: z.enum(MODEL_KINDS),
	files: z.array(modelFileSchema).min(1),
});
export type Model = z.infer<typeof modelSchema>;

const unique = (values: readonly string[]): boolean => new Set(values).size === values.length;

export const modelsManifestSchema = z.object({
	version: z.literal(1),
	models: z
		.array(modelSchema)
		.refine((models) => unique(models.map(({ kind, name }) => `${kind}/${name}`)), "each model once")
		.refine((models) => unique(models.flatMap(({ files }) => files.map((file) => file.path))), "each path once"),
});
export type ModelsManifest = z.infer<typeof modelsManifestSchema>;

/** The first model of a kind, or the one with that name. */
export const modelOf = ({ models }: ModelsManifest, kind: ModelKind, name?: string): Model | undefined =>
	models.find((model) => model.kind === kind && (name === undefined || model.name === name));

/** Where a file of a model belongs on disk: whisper/<name>/<file>, llm/<file>. */
export const modelPath = (kind: ModelKind, name: string, file: string): string =>
	kind === "whisper" ? `whisper/${name}/${file}` : `llm/${file}`;

/** Key of a model's file. It holds the checksum: another content gets another key, and who fetches the old one still can. */
export const modelKey = (kind: ModelKind, name: string, sha256: string, file: string): string =>
	`models/${kind}/${name}/${sha256.slice(0, 16)}/${file}`;
