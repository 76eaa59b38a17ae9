import { UserError, hasCode } from "../errors/errors.ts";
import { canonicalJson, jsonOf } from "../system/json.ts";
import { retried } from "../system/retry.ts";
import { digestOfBytes, isDigest, type Digest } from "./image-reference.ts";
import type { Registry } from "./registry.ts";
import { artifactManifestSchema, listedIn, MEDIA_TYPE, type ArtifactManifest, type Descriptor } from "./schemas.ts";

/** A file that belongs to an image. */
interface Artifact {
	/** Media type of the file, which is the type of the artifact too. */
	type: string;
	bytes: Uint8Array;
	annotations: Readonly<Record<string, string>>;
}

/** An artifact as it stands in the registry; its bytes are the blob of its one layer. */
interface Referrer {
	digest: Digest;
	manifest: ArtifactManifest;
	layer: Descriptor;
}

interface Referrers {
	found: Referrer[];
	/** Listed, but not looked at. */
	left: number;
}

/** Of one image the last so many are looked at. */
const MOST_REFERRERS = 256;
const AT_ONCE = 8;
const EMPTY = Buffer.from("{}");

/** The tag that lists referrers where the registry has no API for it (distribution-spec v1.1, "Referrers Tag Schema"). */
export const fallbackTag = (subject: Digest): string => subject.replace(":", "-");

/**
 * The artifacts of one type that belong to a manifest: those of the registry's own list and of the fallback tag. What a
 * list says of an artifact's type may be wrong, so that each manifest is read.
 * @throws UserError registry_error where neither is a list, and those of the registry
 */
export async function readReferrers(
	registry: Registry,
	repository: string,
	subject: Digest,
	type: string,
): Promise<Referrers> {
	const [own, tagged] = await Promise.all([
		registry.referrers(repository, subject),
		fallbackEntries(registry, repository, subject),
	]);
	if (!own && !tagged) throw noIndex(registry, repository, subject);
	const listed = tagged?.map(({ digest }) => digest).filter(isDigest) ?? [];
	const digests = [...new Set([...(own ?? []), ...listed])];
	const asked = digests.slice(-MOST_REFERRERS);
	const found: Referrer[] = [];
	for (let from = 0; from < asked.length; from += AT_ONCE) {
		const batch = asked.slice(from, from + AT_ONCE);
		const read = await Promise.all(batch.map((digest) => readReferrer(registry, repository, digest)));
		found.push(...read.filter((one): one is Referrer => isOf(one, subject, type)));
	}
	return { found, left: digests.length - asked.length };
}

async function readReferrer(registry: Registry, repository: string, digest: Digest): Promise<Referrer | undefined> {
	const read = await registry.manifest(repository, digest);
	const parsed = read && artifactManifestSchema.safeParse(jsonOf(read.bytes));
	const layer = parsed?.data?.layers[0];
	return parsed?.success && layer ? { digest, manifest: parsed.data, layer } : undefined;
}

const isOf = (one: Referrer | undefined, subject: Digest, type: string): boolean =>
	one?.manifest.subject?.digest === subject && (one.manifest.artifactType ?? one.manifest.config.mediaType) === type;

/**
 * Stores an artifact beside the manifest it belongs to and sees to it that it is listed; returns its digest.
 * @param pause waits so many milliseconds, for the fallback tag
 * @throws UserError image_missing, referrers_contended, and those of the registry
 */
export async function attach(
	registry: Registry,
	repository: string,
	subject: Digest,
	artifact: Artifact,
	pause: (ms: number) => Promise<void>,
): Promise<Digest> {
	const image = await registry.manifest(repository, subject);
	if (!image) throw imageMissing(registry, repository, subject);
	const { type: artifactType, annotations } = artifact;
	const of = { mediaType: image.mediaType, digest: subject, size: image.bytes.byteLength };
	const bytes = await manifestOf(registry, repository, artifact, of);
	const digest = await registry.putManifest(repository, digestOfBytes(bytes), bytes, MEDIA_TYPE.ociManifest);
	if ((await registry.referrers(repository, subject))?.includes(digest)) return digest;
	const entry = { mediaType: MEDIA_TYPE.ociManifest, digest, size: bytes.byteLength, artifactType, annotations };
	await listByTag(registry, repository, subject, entry, pause);
	return digest;
}

/** An image that is to have attestations, and is not in the registry. */
export const imageMissing = ({ address }: Registry, repository: string, reference: string) =>
	new UserError("image_missing", `${address}/${repository} has no ${reference}`, {
		hint: "cres build all --push, or give a digest that cres releases shows",
	});

/** The manifest of an artifact, whose blobs are stored by then. */
async function manifestOf(registry: Registry, repository: string, artifact: Artifact, subject: Descriptor) {
	const { type: artifactType, annotations } = artifact;
	const [layer, config] = await Promise.all([
		registry.putBlob(repository, artifact.bytes, artifactType),
		registry.putBlob(repository, EMPTY, MEDIA_TYPE.ociEmpty),
	]);
	const { ociManifest: mediaType } = MEDIA_TYPE;
	const layers = [layer];
	return Buffer.from(
		canonicalJson({ schemaVersion: 2, mediaType, artifactType, config, layers, annotations, subject }),
	);
}

const MOST_TRIES = 60;
/** A writer that is undone sees it within so many looks. */
const LOOKS = 2;
const SHORTEST_PAUSE_MS = 40;

/**
 * Adds an entry to the fallback tag. A registry lets nobody write a tag only where it is unchanged, so two writers can
 * undo each other: each looks again, a few times as long after as its own reading and writing took, and adds its entry again.
 */
async function listByTag(
	registry: Registry,
	repository: string,
	subject: Digest,
	entry: { digest: Digest },
	pause: (ms: number) => Promise<void>,
): Promise<void> {
	let seen = 0;
	let gap = SHORTEST_PAUSE_MS;
	for (let tries = 0; tries < MOST_TRIES; tries++) {
		const started = performance.now();
		if (await addToList(registry, repository, subject, entry)) {
			seen = 1;
			gap = Math.max(gap, performance.now() - started);
		} else if (++seen > LOOKS) return;
		await pause(gap * (1 + Math.random() / 2));
	}
	throw new UserError(
		"referrers_contended",
		`${registry.address}/${repository}:${fallbackTag(subject)} was written by others ${MOST_TRIES} times`,
		{ hint: "run the command again when the others have ended" },
	);
}

/** False where the list has the entry already. */
async function addToList(registry: Registry, repository: string, subject: Digest, entry: { digest: Digest }) {
	const entries = await fallbackEntries(registry, repository, subject);
	if (!entries) throw noIndex(registry, repository, subject);
	if (entries.some(({ digest }) => digest === entry.digest)) return false;
	const index = { schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests: [...entries, entry] };
	const bytes = Buffer.from(JSON.stringify(index));
	await registry.putManifest(repository, fallbackTag(subject), bytes, MEDIA_TYPE.ociIndex);
	return true;
}

const MOST_READS = 5;
const REREAD_MS = 20;

/** Undefined where the tag holds something else. Distribution 2.8 answers 500 while somebody writes the tag. */
async function fallbackEntries(registry: Registry, repository: string, subject: Digest) {
	const index = await retried(
		() => registry.manifest(repository, fallbackTag(subject)),
		(outcome, tries) =>
			!outcome.ok && hasCode(outcome.error, "registry_error") && tries < MOST_READS ? REREAD_MS * tries : undefined,
	);
	return index ? listedIn(index.bytes) : [];
}

const noIndex = (registry: Registry, repository: string, subject: Digest) =>
	new UserError("registry_error", `${registry.address}/${repository}:${fallbackTag(subject)} is no index`, {
		hint: "that tag lists what belongs to an image: remove it from the registry, then run the command again",
	});
