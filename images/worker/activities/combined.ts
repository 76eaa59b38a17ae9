import { Context } from "@temporalio/activity";
import { queryKeys } from "../../../src/contracts/objects.ts";
import { type Combined, type CombineInput, combineInputSchema } from "../../../src/contracts/tasks.ts";
import { checked } from "../failure.ts";
import { heartbeat } from "../heartbeat.ts";
import type { Store } from "../store.ts";
import { combine } from "../text/combine.ts";
import { readTranscript, type Transcript } from "../transcript.ts";
import { type RecordedVideo, recordedVideos, writeManifest } from "./records.ts";

export interface CombinedDependencies {
	store: Store;
	/** Shorter transcripts are left out. */
	minCharacters: number;
}

export type CombinedActivities = ReturnType<typeof createCombinedActivities>;

/** What all videos of a query say together. */
export const createCombinedActivities = ({ store, minCharacters }: CombinedDependencies) => ({
	build_batch_combined_output: async (input: CombineInput): Promise<Combined> => {
		const { query } = checked(combineInputSchema, input);
		const signal = Context.current().cancellationSignal;
		const beat = heartbeat();
		try {
			beat.enter("read transcripts");
			const videos = await recordedVideos(store, query, signal);
			const transcripts = await readAll(store, videos, signal);
			const usable = transcripts.filter(({ text }) => text.trim().length >= minCharacters);
			beat.enter("store");
			const keys = usable.length === 0 ? [] : await storeCombined(store, query, usable, signal);
			const counts = { count: usable.length, skippedCount: videos.length - usable.length };
			const combined: Combined = { status: usable.length === 0 ? "no-transcripts" : "ok", keys, ...counts };
			const { combined: at } = queryKeys(query);
			await store.putText(at.state, JSON.stringify(combined), "application/json", signal);
			await writeManifest(store, query, signal);
			return combined;
		} finally {
			beat.stop();
		}
	},
});

async function readAll(store: Store, videos: readonly RecordedVideo[], signal: AbortSignal): Promise<Transcript[]> {
	const found: Transcript[] = [];
	for (const { transcript_key: key } of videos) {
		const transcript = key === null ? undefined : await readTranscript(store, key, signal);
		if (transcript) found.push(transcript);
	}
	return found;
}

async function storeCombined(
	store: Store,
	query: string,
	transcripts: readonly Transcript[],
	signal: AbortSignal,
): Promise<string[]> {
	const { combined: keys } = queryKeys(query);
	const output = combine(transcripts);
	const text = transcripts.map((transcript) => transcript.text.trim()).join("\n\n");
	await store.putText(keys.transcription, `${text}\n`, "text/plain; charset=utf-8", signal);
	await store.putText(keys.keywords, JSON.stringify(output.keywords), "application/json", signal);
	await store.putText(keys.sentence, `${output.sentence}\n`, "text/plain; charset=utf-8", signal);
	await store.putText(keys.output, JSON.stringify(output), "application/json", signal);
	return [keys.output, keys.transcription, keys.keywords, keys.sentence];
}
