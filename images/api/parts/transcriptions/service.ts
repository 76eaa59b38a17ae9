import { createHash } from "node:crypto";
import { queryKeys, queryRoot, slug } from "../../../../src/contracts/objects.ts";
import type { Log } from "../../../runtime/logger.ts";
import type { Store } from "../../../runtime/store.ts";
import type { Catalogue } from "../index/catalogue.ts";
import type { QueryFolder } from "../index/entry.ts";
import { combinedOutputSchema, transcriptionsSchema, type CombinedOutput, type Transcriptions } from "./schema.ts";

/** Where answers are kept. */
export interface CachePlace {
	/** Prefix of the keys, without `/` at the end. */
	prefix: string;
	/** Version of what the answers look like. */
	schema: string;
}

export interface TranscriptionOptions {
	store: Pick<Store, "getText" | "putText">;
	catalogue: Catalogue;
	/** Absent: no answer is kept. */
	cache: CachePlace | undefined;
	log: Log;
	signal: AbortSignal;
}

export interface TranscriptionService {
	/** What is known of a query's first videos; nothing when it was never asked. @throws DependencyError */
	of(query: string, limit: number): Promise<Transcriptions>;
}

/** Transcriptions as the api serves them. */
export function createTranscriptions(options: TranscriptionOptions): TranscriptionService {
	const { store, catalogue, cache, log, signal } = options;
	const make = async (folder: QueryFolder, query: string, limit: number): Promise<Transcriptions> => {
		const manifest = await catalogue.manifest(folder, signal);
		const videos = manifest ? await catalogue.entries(folder, manifest, limit, signal) : [];
		const { output } = queryKeys(query).combined;
		const combined = folder.objects.has(output)
			? await catalogue.read(output, combinedOutputSchema, signal)
			: undefined;
		return answerOf(query, videos, combined ?? NOTHING, cache ? "miss" : "disabled");
	};
	return {
		async of(query, limit) {
			const [folder] = await catalogue.folders(`${queryRoot(query)}/`, signal);
			if (!folder) return answerOf(query, [], NOTHING, cache ? "miss" : "disabled");
			if (!cache) return make(folder, query, limit);
			const key = cacheKey(cache, folder, query, limit);
			const kept = await catalogue.read(key, transcriptionsSchema, signal);
			if (kept) return { ...kept, query, meta: { ...kept.meta, cache: "hit" } };
			const made = await make(folder, query, limit);
			await store.putText(key, JSON.stringify(made), "application/json", signal).catch((error: unknown) => {
				log("WARN", "an answer could not be kept", { key, error });
			});
			return made;
		},
	};
}

/** Changes with every object of the folder. */
function cacheKey({ prefix, schema }: CachePlace, { objects }: QueryFolder, query: string, limit: number): string {
	const hash = createHash("sha256");
	for (const { key, etag } of objects.values()) hash.update(`${key}\0${etag}\0`);
	return `${prefix}/${schema}/${slug(query)}/limit-${limit}/${hash.digest("hex").slice(0, 16)}.json`;
}

const NOTHING: CombinedOutput = combinedOutputSchema.parse({});

const answerOf = (
	query: string,
	videos: Transcriptions["videos"],
	{ llm, replaceCount, coverage, ...combined }: CombinedOutput,
	cache: Transcriptions["meta"]["cache"],
): Transcriptions => ({ query, videos, combined, meta: { llm, replaceCount, coverage, cache } });
