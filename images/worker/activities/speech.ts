import { join } from "node:path";
import { Context } from "@temporalio/activity";
import { FAILURES } from "../../../src/contracts/task-names.ts";
import {
	type Transcribed,
	type TranscribeInput,
	transcribedSchema,
	transcribeInputSchema,
} from "../../../src/contracts/tasks.ts";
import type { Whisper } from "../engines/whisper.ts";
import { checked, final } from "../failure.ts";
import { heartbeat } from "../heartbeat.ts";
import { inScratch } from "../scratch.ts";
import type { Store } from "../store.ts";
import { writeTranscript } from "../transcript.ts";

/** Characters, in code units: what the contract bounds. */
const EXCERPT = 500;

export interface SpeechDependencies {
	store: Store;
	whisper: Whisper;
	/** Where each attempt makes its own directory, which it always removes. */
	scratchRoot: string;
	/** Identity of the worker, named in the result. */
	worker: string;
}

export type SpeechActivities = ReturnType<typeof createSpeechActivities>;

/** What is said in an audio file. */
export const createSpeechActivities = ({ store, whisper, scratchRoot, worker }: SpeechDependencies) => ({
	transcribe_video: async (input: TranscribeInput): Promise<Transcribed> => {
		const { audioKey, transcriptKey, query, language } = checked(transcribeInputSchema, input);
		return inScratch(scratchRoot, async (directory) => {
			const signal = Context.current().cancellationSignal;
			const beat = heartbeat<Transcribed>(directory);
			try {
				const before = transcribedSchema.safeParse(beat.before);
				if (before.success) return before.data;
				beat.enter("fetch audio");
				const audio = join(directory, "audio.wav");
				if (!(await store.getFile(audioKey, audio, signal)))
					throw final(FAILURES.audio, `there is no object ${audioKey}`);
				beat.enter("transcribe");
				const spoken = await whisper.transcribe(audio, language, signal);
				beat.enter("store");
				const { text, segments, words, engine } = spoken;
				const rest = { language: spoken.language, summary: "", keywords: [], search_query: query };
				const transcript = { text, segments, words, ...rest, duration: spoken.duration, engines: { whisper: engine } };
				const stored = await writeTranscript(store, transcriptKey, transcript, signal);
				const result = {
					transcript: stored,
					excerpt: beginningOf(text),
					characters: text.length,
					language: spoken.language,
					engine,
					worker,
				};
				beat.enter("stored", result);
				return result;
			} finally {
				beat.stop();
			}
		});
	},
});

/** Never half of a surrogate pair. */
const beginningOf = (text: string): string =>
	text
		.trim()
		.slice(0, EXCERPT)
		.replace(/[\uD800-\uDBFF]$/, "");
