import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
	MODELS_MANIFEST_KEY,
	modelsManifestSchema,
	pinnedManifestKey,
	type Model,
	type ModelsManifest,
} from "../contracts/models.ts";
import { UserError } from "../errors/errors.ts";
import type { S3 } from "../store/s3.ts";

const ATTEMPTS = 5;
const JSON_TYPE = { "content-type": "application/json" };
const EMPTY: ModelsManifest = { version: 1, models: [] };

/** The manifest as it stands in the bucket. */
export interface HeldManifest {
	/** Empty when there is no such object. */
	manifest: ModelsManifest;
	/** The bytes of the object; empty when there is none. */
	text: string;
	/** Hex digits of its bytes; undefined when there is none. */
	sha256: string | undefined;
	etag: string | undefined;
}

/**
 * The manifest in the bucket, an empty one when there is none.
 * @param pin the sha256 that it must have; undefined: any
 * @throws UserError manifest_changed, manifest_invalid, and those of the store
 */
export async function readManifest(s3: S3, signal: AbortSignal, pin?: string): Promise<HeldManifest> {
	const held = await hold(s3, signal);
	if (pin === undefined || held.sha256 === pin) return held;
	throw new UserError(
		"manifest_changed",
		`${MODELS_MANIFEST_KEY} in ${s3.bucket} has sha256 ${held.sha256 ?? "of no object"}; cres.yaml names ${pin}`,
		{
			hint: "take the cres.yaml of who pushed last; else look at it (cres models list), then the same command with --accept-manifest",
		},
	);
}

/**
 * Puts a model into the manifest, in place of the one with its kind and name, and keeps the manifest under its checksum
 * too. `pin`: what the manifest must be before; undefined: any.
 * @throws UserError manifest_busy when others keep changing it, and those of readManifest and withModel
 */
export async function enterModel(
	s3: S3,
	model: Model,
	signal: AbortSignal,
	pin?: string,
): Promise<{ changed: boolean; sha256: string }> {
	for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
		const { manifest, text, etag } = await readManifest(s3, signal, pin);
		const wanted = withModel(manifest, model);
		if (isDeepStrictEqual(wanted, manifest)) return { changed: attempt > 1, sha256: await keep(s3, text, signal) };
		const next = `${JSON.stringify(wanted, null, "\t")}\n`;
		const sha256 = await keep(s3, next, signal);
		if (!(await replace(s3, next, etag, signal))) continue;
		// A server that does not know conditions may have let somebody else's manifest be overwritten, or ours.
		if ((await readManifest(s3, signal)).sha256 === sha256) return { changed: true, sha256 };
	}
	throw new UserError("manifest_busy", `others keep changing ${MODELS_MANIFEST_KEY} in ${s3.bucket}`, {
		hint: "run the command again; what the store has is not sent twice",
	});
}

/** Models sorted by kind and name, files by path. @throws UserError model_path_taken */
export function withModel({ version, models }: ModelsManifest, model: Model): ModelsManifest {
	const others = models.filter(({ kind, name }) => kind !== model.kind || name !== model.name);
	const paths = new Set(model.files.map(({ path }) => path));
	const taken = others.find(({ files }) => files.some(({ path }) => paths.has(path)));
	if (taken)
		throw new UserError("model_path_taken", `${taken.kind} model ${taken.name} has a file of the same name`, {
			hint: `rename the file, or push it as --name ${taken.name}`,
		});
	const files = sortedBy(model.files, ({ path }) => path);
	return { version, models: sortedBy([...others, { ...model, files }], ({ kind, name }) => `${kind}/${name}`) };
}

const sortedBy = <T>(values: readonly T[], text: (value: T) => string): T[] =>
	values.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));

const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Stores the bytes of a manifest under their checksum, which it returns. */
async function keep(s3: S3, text: string, signal: AbortSignal): Promise<string> {
	const sha256 = sha256Of(text);
	await s3.call({ method: "PUT", key: pinnedManifestKey(sha256), headers: JSON_TYPE, body: text, signal });
	return sha256;
}

async function hold(s3: S3, signal: AbortSignal): Promise<HeldManifest> {
	const response = await s3.call({ method: "GET", key: MODELS_MANIFEST_KEY, signal, ok: [404] });
	const text = await response.text();
	if (!response.ok) return absent(s3, text);
	const parsed = modelsManifestSchema.safeParse(parseOrUndefined(text));
	const etag = response.headers.get("etag") ?? undefined;
	if (parsed.success) return { manifest: parsed.data, text, sha256: sha256Of(text), etag };
	const [issue] = parsed.error.issues;
	throw new UserError(
		"manifest_invalid",
		`${MODELS_MANIFEST_KEY} in ${s3.bucket}: ${issue!.path.join(".")}: ${issue!.message}`,
		{ hint: "delete that object and push the models again; their files stay" },
	);
}

function absent({ endpoint, bucket }: S3, answer: string): HeldManifest {
	if (!answer.includes("NoSuchBucket")) return { manifest: EMPTY, text: "", sha256: undefined, etag: undefined };
	throw new UserError("bucket_missing", `the object store at ${endpoint} has no bucket ${bucket}`, {
		hint: "cres control prepare",
	});
}

/** False when somebody else changed it since it was read. */
async function replace(s3: S3, body: string, etag: string | undefined, signal: AbortSignal): Promise<boolean> {
	const response = await s3.call({
		method: "PUT",
		key: MODELS_MANIFEST_KEY,
		headers: { ...JSON_TYPE, ...(etag ? { "if-match": etag } : { "if-none-match": "*" }) },
		body,
		signal,
		ok: [409, 412],
	});
	return response.ok;
}

function parseOrUndefined(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
