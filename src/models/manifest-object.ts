import { isDeepStrictEqual } from "node:util";
import { MODELS_MANIFEST_KEY, modelsManifestSchema, type Model, type ModelsManifest } from "../contracts/models.ts";
import { UserError } from "../errors/errors.ts";
import type { S3 } from "../store/s3.ts";

const ATTEMPTS = 5;
const EMPTY: ModelsManifest = { version: 1, models: [] };

interface Held {
	/** Empty when there is no such object. */
	manifest: ModelsManifest;
	etag: string | undefined;
}

/**
 * The manifest in the bucket; an empty one when there is none.
 * @throws UserError manifest_invalid, and those of the store
 */
export const readManifest = async (s3: S3, signal: AbortSignal): Promise<ModelsManifest> =>
	(await hold(s3, signal)).manifest;

/**
 * Puts a model into the manifest, in place of the one with its kind and name; false when it is in there already.
 * @throws UserError manifest_busy when others keep changing it, and those of readManifest and withModel
 */
export async function enterModel(s3: S3, model: Model, signal: AbortSignal): Promise<boolean> {
	for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
		const { manifest, etag } = await hold(s3, signal);
		const wanted = withModel(manifest, model);
		if (isDeepStrictEqual(wanted, manifest)) return attempt > 1;
		if (!(await replace(s3, wanted, etag, signal))) continue;
		// A server that does not know conditions may have let somebody else's manifest be overwritten, or ours.
		if (isDeepStrictEqual(await readManifest(s3, signal), wanted)) return true;
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

async function hold(s3: S3, signal: AbortSignal): Promise<Held> {
	const response = await s3.call({ method: "GET", key: MODELS_MANIFEST_KEY, signal, ok: [404] });
	if (!response.ok) return absent(s3, await response.text());
	const parsed = modelsManifestSchema.safeParse(parseOrUndefined(await response.text()));
	if (parsed.success) return { manifest: parsed.data, etag: response.headers.get("etag") ?? undefined };
	const [issue] = parsed.error.issues;
	throw new UserError(
		"manifest_invalid",
		`${MODELS_MANIFEST_KEY} in ${s3.bucket}: ${issue!.path.join(".")}: ${issue!.message}`,
		{ hint: "delete that object and push the models again; their files stay" },
	);
}

function absent({ endpoint, bucket }: S3, answer: string): Held {
	if (!answer.includes("NoSuchBucket")) return { manifest: EMPTY, etag: undefined };
	throw new UserError("bucket_missing", `the object store at ${endpoint} has no bucket ${bucket}`, {
		hint: "cres control prepare",
	});
}

/** False when somebody else changed it since it was read. */
async function replace(
	s3: S3,
	manifest: ModelsManifest,
	etag: string | undefined,
	signal: AbortSignal,
): Promise<boolean> {
	const response = await s3.call({
		method: "PUT",
		key: MODELS_MANIFEST_KEY,
		headers: { "content-type": "application/json", ...(etag ? { "if-match": etag } : { "if-none-match": "*" }) },
		body: `${JSON.stringify(manifest, null, "\t")}\n`,
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
