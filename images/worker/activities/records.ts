import { Context } from "@temporalio/activity";
import { z } from "zod";
import { idOfAddress, queryKeys, slug } from "../../../src/contracts/objects.ts";
import { combinedSchema, type Recorded, type RecordInput, recordInputSchema } from "../../../src/contracts/tasks.ts";
import { checked } from "../failure.ts";
import type { Store } from "../store.ts";
import type { Listed } from "../../runtime/store.ts";

export interface RecordDependencies {
	store: Store;
}

export type RecordActivities = ReturnType<typeof createRecordActivities>;

const videoSchema = z.object({
	video_id: z.string(),
	object_key: z.string(),
	url: z.string(),
	status: recordInputSchema.shape.status,
	transcript_key: z.string().nullable(),
	error: recordInputSchema.shape.error,
});

/** How the videos of a query ended. */
export const createRecordActivities = ({ store }: RecordDependencies) => ({
	record_video: async (input: RecordInput): Promise<Recorded> => {
		const { query, id, url, objectKey, status, transcriptKey, error } = checked(recordInputSchema, input);
		const signal = Context.current().cancellationSignal;
		const keys = queryKeys(query);
		const video = { video_id: id, object_key: objectKey, url, status, transcript_key: transcriptKey, error };
		await store.putText(keys.status(id), JSON.stringify(video), "application/json", signal);
		// It may have failed before its id was known.
		if (id !== idOfAddress(url)) await store.remove(keys.status(idOfAddress(url)), signal);
		return writeManifest(store, query, signal);
	},
});

/**
 * Makes the manifest from the objects that say how each video ended. Whoever writes it looks again afterwards: of several
 * writers the last one to write sees what all others have stored, so that no video is lost and none is given twice.
 * @throws ApplicationFailure StoreUnavailable
 */
export async function writeManifest(store: Store, query: string, signal: AbortSignal): Promise<Recorded> {
	const keys = queryKeys(query);
	const look = async (): Promise<Seen[]> => [
		...(await inOrder(store, keys.statuses, signal)),
		...(await inOrder(store, keys.combined.state, signal)),
	];
	for (let seen = await look(); ;) {
		const videos = (await Promise.all(seen.map(({ key }) => readVideo(store, key, signal)))).filter(
			(one) => one !== undefined,
		);
		const combined = await readState(store, keys.combined.state, signal);
		const manifest = { query, slug: slug(query), videos, ...(combined ? { combined } : {}) };
		await store.putText(keys.manifest, JSON.stringify(manifest, null, "\t"), "application/json", signal);
		const now = await look();
		if (JSON.stringify(now) === JSON.stringify(seen)) return { manifestKey: keys.manifest, videos: videos.length };
		seen = now;
	}
}

export type RecordedVideo = z.infer<typeof videoSchema>;

/** How the videos of a query ended, in the order of their ids. @throws ApplicationFailure StoreUnavailable */
export async function recordedVideos(store: Store, query: string, signal: AbortSignal): Promise<RecordedVideo[]> {
	const listed = await inOrder(store, queryKeys(query).statuses, signal);
	const videos = await Promise.all(listed.map(({ key }) => readVideo(store, key, signal)));
	return videos.filter((one) => one !== undefined);
}

type Seen = Pick<Listed, "key" | "etag">;

/** What lies below a prefix, in the order of the keys, which not every server keeps. */
async function inOrder(store: Store, prefix: string, signal: AbortSignal): Promise<Seen[]> {
	const seen = await Array.fromAsync(store.list(prefix, signal), ({ key, etag }) => ({ key, etag }));
	return seen.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** Undefined for what has gone meanwhile, and for objects of another kind. */
const readVideo = async (store: Store, key: string, signal: AbortSignal): Promise<RecordedVideo | undefined> =>
	parsed(videoSchema, await store.getText(key, signal));

const readState = async (store: Store, key: string, signal: AbortSignal) =>
	parsed(combinedSchema, await store.getText(key, signal));

function parsed<T extends z.ZodType>(schema: T, text: string | undefined): z.output<T> | undefined {
	try {
		return text === undefined ? undefined : schema.safeParse(JSON.parse(text)).data;
	} catch {
		return undefined;
	}
}
