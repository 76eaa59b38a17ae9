import { z } from "zod";
import { queryKeys } from "../../../../src/contracts/objects.ts";
import type { Log } from "../../../runtime/logger.ts";
import type { Listed, Store } from "../../../runtime/store.ts";
import { entryOf, toldBy, type QueryFolder, type Told } from "./entry.ts";
import { manifestSchema, transcriptSchema, type IndexEntry, type Manifest } from "./schema.ts";

export interface CatalogueOptions {
	store: Pick<Store, "getText" | "list">;
	log: Log;
	/** Transcripts that are read at once. */
	concurrency: number;
	/** Transcripts whose gist is remembered; 20,000 unless given. */
	most?: number;
}

/** Some 2 kB each. */
const MOST_KNOWN = 20_000;

/** Reads what the bucket knows of queries and their videos. */
export interface Catalogue {
	/** Undefined when there is no such object, or one that is not what it should be. */
	read<T>(key: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T | undefined>;
	/** Everything below a prefix, by query folder. */
	folders(prefix: string, signal: AbortSignal): Promise<QueryFolder[]>;
	/** Undefined when the folder has none, or one that nobody can read. */
	manifest(folder: QueryFolder, signal: AbortSignal): Promise<Manifest | undefined>;
	/** The manifest's first `limit` videos that did not fail. */
	entries(folder: QueryFolder, manifest: Manifest, limit: number, signal: AbortSignal): Promise<IndexEntry[]>;
}

/** Reads folders, manifests and entries from the store; what cannot be read is logged and left out. */
export function createCatalogue({ store, log, concurrency, most = MOST_KNOWN }: CatalogueOptions): Catalogue {
	const read = async <T>(key: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T | undefined> => {
		const text = await store.getText(key, signal);
		if (text === undefined) return undefined;
		const parsed = schema.safeParse(parse(text));
		if (!parsed.success)
			log("WARN", "an object is not what it should be", { key, fault: z.prettifyError(parsed.error) });
		return parsed.data;
	};
	const known = new Map<string, { etag: string; told: Told | undefined }>();
	const told = async ({ key, etag }: Listed, signal: AbortSignal): Promise<Told | undefined> => {
		const last = known.get(key);
		if (last?.etag === etag) return last.told;
		const transcript = await read(key, transcriptSchema, signal);
		const now = transcript && toldBy(transcript);
		known.delete(key);
		known.set(key, { etag, told: now });
		if (known.size > most) known.delete(known.keys().next().value!); // the one that was read longest ago
		return now;
	};
	return {
		read,
		async folders(prefix, signal) {
			const found = new Map<string, Map<string, Listed>>();
			for await (const one of store.list(prefix, signal)) {
				const slug = one.key.split("/", 2)[1]!;
				const objects = found.get(slug) ?? new Map<string, Listed>();
				found.set(slug, objects.set(one.key, one));
			}
			return [...found].map(([slug, objects]) => ({ slug, objects }));
		},
		async manifest({ slug, objects }, signal) {
			const { manifest: key } = queryKeys(slug);
			return objects.has(key) ? await read(key, manifestSchema, signal) : undefined;
		},
		entries(folder, manifest, limit, signal) {
			const videos = manifest.videos.filter(({ status }) => status !== "failed").slice(0, limit);
			return inParallel(concurrency, videos, async (video) => {
				const stored = folder.objects.get(video.transcript_key ?? "");
				return entryOf({ folder, manifest, video, told: stored && (await told(stored, signal)) });
			});
		},
	};
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Results in the order of the items, with at most `width` in work. */
async function inParallel<T, R>(width: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
	const results: R[] = [];
	const waiting = items.entries();
	const lane = async () => {
		for (const [at, item] of waiting) results[at] = await work(item);
	};
	await Promise.all(Array.from({ length: width }, lane));
	return results;
}
