import { join } from "node:path";
import { Context } from "@temporalio/activity";
import { z } from "zod";
import { FAILURES } from "../../../src/contracts/task-names.ts";
import {
	type StoredObject,
	type Transcribed,
	type TranscribeInput,
	transcribedSchema,
	transcribeInputSchema,
	whisperEngineSchema,
} from "../../../src/contracts/tasks.ts";
import { checked, final } from "../failure.ts";
import { heartbeat } from "../heartbeat.ts";
import { inScratch } from "../scratch.ts";
import type { Store } from "../store.ts";
import type { Transcriber } from "../transcriber.ts";
import { readTranscript, type Transcript, writeTranscript } from "../transcript.ts";

/** Characters, in code units: what the contract bounds. */
const EXCERPT = 500;

type WhisperEngine = z.infer<typeof whisperEngineSchema>;

export interface SpeechDependencies {
	store: Store;
	whisper: Transcriber;
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
				const job = Context.current().info.workflowExecution?.runId;
				const there = await ofSameJob(store, transcriptKey, job, signal);
				if (there) return { ...there, worker };
				beat.enter("fetch audio");
				const audio = join(directory, "audio.wav");
				if (!(await store.getFile(audioKey, audio, signal)))
					throw final(FAILURES.audio, `there is no object ${audioKey}`);
				beat.enter("transcribe");
				const spoken = await whisper.transcribe(audio, language, signal);
				beat.enter("store");
				const transcript = transcriptOf(spoken, query, job);
				const stored = await writeTranscript(store, transcriptKey, transcript, signal);
				const result = { ...resultOf(transcript, stored, spoken.engine), worker };
				beat.enter("stored", result);
				return result;
			} finally {
				beat.stop();
			}
		});
	},
});

/** As it is stored: the summary comes later. */
const transcriptOf = (
	{ text, segments, words, language, duration, engine }: Awaited<ReturnType<Transcriber["transcribe"]>>,
	query: string,
	job: string | undefined,
) => ({
	...{ text, segments, words, language, summary: "", keywords: [], search_query: query },
	...{ duration, engines: { whisper: engine }, job },
});

const madeSchema = z.object({ job: z.string(), engines: z.object({ whisper: whisperEngineSchema }) });

/** What an attempt has stored that died before it could tell. */
async function ofSameJob(
	store: Store,
	key: string,
	job: string | undefined,
	signal: AbortSignal,
): Promise<Omit<Transcribed, "worker"> | undefined> {
	const transcript = await readTranscript(store, key, signal);
	const made = madeSchema.safeParse(transcript).data;
	if (transcript === undefined || made === undefined || made.job !== job) return undefined;
	const bytes = Buffer.byteLength(JSON.stringify(transcript));
	return resultOf(transcript, { key, bytes }, made.engines.whisper);
}

const resultOf = (
	{ text, language }: Pick<Transcript, "text" | "language">,
	stored: StoredObject,
	engine: WhisperEngine,
): Omit<Transcribed, "worker"> => ({
	transcript: stored,
	excerpt: beginningOf(text),
	characters: text.length,
	language,
	engine,
});

/** Never half of a surrogate pair. */
const beginningOf = (text: string): string =>
	text
		.trim()
		.slice(0, EXCERPT)
		.replace(/[\uD800-\uDBFF]$/, "");
