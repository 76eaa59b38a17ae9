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
	/** The object as it is, not as a text of it; empty when there is none. */
	bytes: Buffer;
	/** Hex digits, of the bytes; undefined when there is none. */
	sha256: string | undefined;
	etag: string | undefined;
}

/**
 * The manifest in the bucket, an empty one when there is none.
 * @param pin the sha256 that it must have; undefined: any
 * @param entered the model that the pinned manifest may have been given since, by a push that was cut off before it
 * wrote down the new sum
 * @throws UserError manifest_changed, manifest_invalid, and those of the store
 */
export async function readManifest(
	s3: S3,
	signal: AbortSignal,
	pin?: string,
	entered?: (held: ModelsManifest) => Model | undefined,
): Promise<HeldManifest> {
	const held = await hold(s3, signal);
	if (pin === undefined || held.sha256 === pin) return held;
	const model = entered?.(held.manifest);
	if (model && (await isEntered(s3, held, model, pin, signal))) return held;
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
		const { manifest, bytes, sha256: before, etag } = await readManifest(s3, signal, pin, () => model);
		const wanted = withModel(manifest, model);
		if (isDeepStrictEqual(wanted, manifest)) return { changed: attempt > 1, sha256: await keep(s3, bytes, signal) };
		// Containers may be deployed with the one that is replaced.
		if (before !== undefined) await keep(s3, bytes, signal);
		const next = textOf(wanted);
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
	const others = othersOf(models, model);
	const paths = new Set(model.files.map(({ path }) => path));
	const taken = others.find(({ files }) => files.some(({ path }) => paths.has(path)));
	if (taken)
		throw new UserError("model_path_taken", `${taken.kind} model ${taken.name} has a file of the same name`, {
			hint: `rename the file, or push it as --name ${taken.name}`,
		});
	const files = sortedBy(model.files, ({ path }) => path);
	return { version, models: sortedBy([...others, { ...model, files }], ({ kind, name }) => `${kind}/${name}`) };
}

const othersOf = (models: readonly Model[], model: Model): Model[] =>
	models.filter(({ kind, name }) => kind !== model.kind || name !== model.name);

const textOf = (manifest: ModelsManifest): string => `${JSON.stringify(manifest, null, "\t")}\n`;

const sortedBy = <T>(values: readonly T[], text: (value: T) => string): T[] =>
	values.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));

const sha256Of = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

/** Whether the manifest is byte for byte what a push of the model makes of the pinned one. */
async function isEntered(s3: S3, held: HeldManifest, model: Model, pin: string, signal: AbortSignal): Promise<boolean> {
	if (!held.bytes.equals(Buffer.from(textOf(withModel(held.manifest, model))))) return false;
	const { ok, content: bytes } = await s3.call({ method: "GET", key: pinnedManifestKey(pin), signal, ok: [404] });
	if (!ok || sha256Of(bytes) !== pin) return false;
	const before = modelsManifestSchema.safeParse(parseOrUndefined(bytes));
	return (
		before.success && isDeepStrictEqual(othersOf(before.data.models, model), othersOf(held.manifest.models, model))
	);
}

/** Stores the bytes of a manifest under their checksum, which it returns. */
async function keep(s3: S3, body: string | Buffer, signal: AbortSignal): Promise<string> {
	const sha256 = sha256Of(body);
	await s3.call({ method: "PUT", key: pinnedManifestKey(sha256), headers: JSON_TYPE, body, signal });
	return sha256;
}

async function hold(s3: S3, signal: AbortSignal): Promise<HeldManifest> {
	const answer = await s3.call({ method: "GET", key: MODELS_MANIFEST_KEY, signal, ok: [404] });
	const { content: bytes, headers } = answer;
	if (!answer.ok) return absent(s3, bytes.toString());
	const parsed = modelsManifestSchema.safeParse(parseOrUndefined(bytes));
	const etag = headers.etag;
	if (parsed.success) return { manifest: parsed.data, bytes, sha256: sha256Of(bytes), etag };
	const [issue] = parsed.error.issues;
	throw new UserError(
		"manifest_invalid",
		`${MODELS_MANIFEST_KEY} in ${s3.bucket}: ${issue!.path.join(".")}: ${issue!.message}`,
		{ hint: "delete that object and push the models again; their files stay" },
	);
}

function absent({ endpoint, bucket }: S3, answer: string): HeldManifest {
	if (!answer.includes("NoSuchBucket"))
		return { manifest: EMPTY, bytes: Buffer.alloc(0), sha256: undefined, etag: undefined };
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

function parseOrUndefined(bytes: Buffer): unknown {
	try {
		return JSON.parse(new TextDecoder().decode(bytes)); // which skips a byte order mark
	} catch {
		return undefined;
	}
}
