import type { Digest } from "../registry/image-reference.ts";
import type { Registry } from "../registry/registry.ts";
import { MEDIA_TYPE, imageIndexSchema, imageManifestSchema } from "../registry/schemas.ts";
import { jsonOf } from "../system/json.ts";

/** A manifest of the repository. */
export interface Stored {
	digest: Digest;
	/** Tags that name it. */
	tags: string[];
	/** Manifests that it lists; none unless it is an index. */
	children: Digest[];
	/** Layer → bytes as they travel; none of an index. */
	layers: ReadonlyMap<string, number>;
}

/** Requests at the same time. */
const LANES = 8;

/**
 * Every manifest of a repository that a tag or one of `digests` names, and what indexes among them list.
 * @throws those of the registry
 */
export async function readStored(
	registry: Registry,
	repository: string,
	digests: Iterable<Digest>,
): Promise<Map<Digest, Stored>> {
	const stored = new Map<Digest, Stored>();
	const asked = new Set<string>();
	let waiting: string[] = [...(await registry.tags(repository)), ...digests];
	while (waiting.length > 0) {
		const found = await inLanes(waiting, async (reference) => {
			const manifest = await registry.manifest(repository, reference);
			if (!manifest) return [];
			const known = stored.get(manifest.digest) ?? { ...partsOf(manifest), digest: manifest.digest, tags: [] };
			stored.set(manifest.digest, known);
			if (reference !== manifest.digest) known.tags.push(reference);
			return known.children;
		});
		for (const reference of waiting) asked.add(reference);
		waiting = [...new Set(found.flat())].filter((digest) => !asked.has(digest) && !stored.has(digest));
	}
	return stored;
}

function partsOf({ mediaType, bytes }: { mediaType: string; bytes: Buffer }): Pick<Stored, "children" | "layers"> {
	const body = jsonOf(bytes); // some other artifact, which nothing removes, may be no JSON
	if (mediaType === MEDIA_TYPE.ociIndex || mediaType === MEDIA_TYPE.dockerIndex) {
		const children = imageIndexSchema.safeParse(body).data?.manifests.map(({ digest }) => digest) ?? [];
		return { children, layers: new Map() };
	}
	const layers = imageManifestSchema.safeParse(body).data?.layers ?? [];
	return { children: [], layers: new Map(layers.map(({ digest, size }) => [digest, size])) };
}

async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
	const results: R[] = [];
	const queue = [...items.entries()];
	const lane = async () => {
		for (let next = queue.shift(); next; next = queue.shift()) results[next[0]] = await work(next[1]);
	};
	await Promise.all(Array.from({ length: LANES }, lane));
	return results;
}
