import type { Store } from "../../../runtime/store.ts";
import type { Catalogue } from "./catalogue.ts";
import type { IndexEntry, Reindexed } from "./schema.ts";

/** The list of all videos of all queries. */
export const INDEX_KEY = "index/videos.json";

export interface IndexOptions {
	store: Pick<Store, "putText">;
	catalogue: Catalogue;
	/** Ends a pass that is under way. */
	signal: AbortSignal;
}

/** Builds the index again from the manifests. */
export interface Index {
	/** @throws DependencyError */
	reindex(): Promise<Reindexed>;
}

/** The index as the api serves it. */
export function createIndex({ store, catalogue, signal }: IndexOptions): Index {
	const pass = async (): Promise<Reindexed> => {
		const entries: IndexEntry[] = [];
		let queries = 0;
		for (const folder of await catalogue.folders("queries/", signal)) {
			const manifest = await catalogue.manifest(folder, signal);
			if (!manifest) continue;
			queries++;
			entries.push(...(await catalogue.entries(folder, manifest, Infinity, signal)));
		}
		await store.putText(INDEX_KEY, JSON.stringify(entries), "application/json", signal);
		return { status: "ok", message: `indexed ${entries.length} videos of ${queries} queries` };
	};
	return { reindex: oneAtATime(pass) };
}

/** Who asks while a pass runs waits for one more: the one that runs may have read before the change. */
function oneAtATime<T>(pass: () => Promise<T>): () => Promise<T> {
	let running: Promise<T> | undefined;
	let next: Promise<T> | undefined;
	const start = (): Promise<T> => (running = pass().finally(() => (running = undefined)));
	return () => {
		if (next) return next;
		if (!running) return start();
		const begin = () => {
			next = undefined;
			return start();
		};
		return (next = running.then(begin, begin));
	};
}
