import { z } from "zod";
import { BATCH_BOUNDS, PENDING_MOST, WORKFLOWS } from "./task-names.ts";

export { FAILURES, WORKFLOWS } from "./task-names.ts";

const within = ({ least, most }: { least: number; most: number }) => z.int().min(least).max(most);
const query = z.string().trim().min(1).max(200);
/** Where yt-dlp's ids come from the address itself they may hold anything but what ends a part of a key. */
const videoId = z.string().regex(/^[^/\s]{1,200}$/);
const key = z.string().min(1).max(1_024);

export const storedObjectSchema = z.object({ key: z.string(), bytes: z.int().nonnegative() });
export type StoredObject = z.infer<typeof storedObjectSchema>;

/** The last stage that a job does. */
const STAGES = ["download", "transcript", "summary"] as const;

export const videoInputSchema = z.strictObject({
	/** http or https address that yt-dlp understands. */
	url: z.url({ protocol: /^https?$/ }).max(8_192),
	/** Search that led to the video; decides the folder in the bucket. */
	query: query.optional(),
	/** Absent: everything. `download` needs no worker on the gpu queue. */
	until: z.enum(STAGES).optional(),
	/** Longer videos are refused, in minutes. */
	maxMinutes: within(BATCH_BOUNDS.maxMinutes).optional(),
	/** Language of the speech, e.g. `en`; absent: detected. */
	language: z.string().min(2).max(10).optional(),
	/** The batch that it belongs to, which refreshes the index itself. */
	batch: z.string().min(1).optional(),
});
export type VideoInput = z.infer<typeof videoInputSchema>;

/** The engine that made a transcript. */
export const whisperEngineSchema = z.object({
	name: z.string(),
	version: z.string(),
	device: z.enum(["cuda", "cpu"]),
	precision: z.string(),
	model: z.string(),
	/** A rehearsal: no GPU was there. */
	pretended: z.boolean(),
});

/** The engine that made a summary. */
const llmEngineSchema = z.object({
	name: z.literal("llama-server"),
	model: z.string(),
	/** Tokens that one request may hold. */
	contextTokens: z.int().positive(),
	pretended: z.boolean(),
});

export const downloadedSchema = z.object({
	videoId: z.string(),
	title: z.string(),
	url: z.string(),
	durationSeconds: z.number().nonnegative(),
	bucket: z.string(),
	video: storedObjectSchema,
	audio: storedObjectSchema,
	info: storedObjectSchema,
	thumbnail: storedObjectSchema.optional(),
	/** Worker identity that did the job, e.g. `cpu@cpu-1/0123456789ab-89abcdef`. */
	worker: z.string(),
});
export type Downloaded = z.infer<typeof downloadedSchema>;

export const transcribeInputSchema = z.strictObject({
	audioKey: key,
	transcriptKey: key,
	query,
	language: z.string().optional(),
});
export type TranscribeInput = z.infer<typeof transcribeInputSchema>;

export const transcribedSchema = z.object({
	transcript: storedObjectSchema,
	/** The beginning of the text; all of it is in the object. */
	excerpt: z.string().max(500),
	characters: z.int().nonnegative(),
	language: z.string(),
	engine: whisperEngineSchema,
	/** Worker identity. */
	worker: z.string(),
});
export type Transcribed = z.infer<typeof transcribedSchema>;

export const summarizeInputSchema = z.strictObject({
	/** The transcript, which gets the summary. */
	transcriptKey: key,
	/** Replaces the transcript's text. */
	text: z.string().min(1).max(50_000).optional(),
});
export type SummarizeInput = z.infer<typeof summarizeInputSchema>;

const summarizedSchema = z.object({
	transcript: storedObjectSchema,
	summary: z.string(),
	keywords: z.array(z.string()),
	/** Pieces that the text was cut into. */
	pieces: z.int().nonnegative(),
	/** Null: the fall-back made it. */
	engine: llmEngineSchema.nullable(),
	/** Why the language model did not make it; null: it did. */
	fallback: z.string().nullable(),
	/** Worker identity. */
	worker: z.string(),
});
export type Summarized = z.infer<typeof summarizedSchema>;

export const videoResultSchema = downloadedSchema.extend({
	transcript: storedObjectSchema.optional(),
	/** The beginning of what is said. */
	text: z.string().optional(),
	language: z.string().optional(),
	summary: z.string().optional(),
	keywords: z.array(z.string()).optional(),
	engines: z.object({ whisper: whisperEngineSchema, llm: llmEngineSchema.nullable().optional() }).optional(),
	/** Why the language model did not make the summary; null: it did. */
	summaryFallback: z.string().nullable().optional(),
	/** Worker identities of the later stages. */
	workers: z.object({ transcribe: z.string(), summarize: z.string().optional() }).optional(),
});
export type VideoResult = z.infer<typeof videoResultSchema>;

export const batchInputSchema = z.strictObject({
	query,
	limit: within(BATCH_BOUNDS.limit).default(BATCH_BOUNDS.limit.usual),
	/** Videos in work at once; absent: by the limit. The workers' caps hold in any case. */
	parallelism: within(BATCH_BOUNDS.parallelism).optional(),
	/** Longer videos are left out, in minutes. */
	maxMinutes: within(BATCH_BOUNDS.maxMinutes).default(BATCH_BOUNDS.maxMinutes.usual),
	/** Only videos of this category of the site. */
	category: z.string().min(1).max(100).optional(),
	until: z.enum(STAGES).optional(),
});
export type BatchInput = z.infer<typeof batchInputSchema>;

export const searchInputSchema = batchInputSchema.pick({ query: true, limit: true, maxMinutes: true, category: true });
export type SearchInput = z.infer<typeof searchInputSchema>;

const foundVideoSchema = z.object({ id: videoId, url: z.string(), title: z.string() });
export type FoundVideo = z.infer<typeof foundVideoSchema>;

const searchedSchema = z.object({
	videos: z.array(foundVideoSchema),
	/** Before the filters. */
	seen: z.int().nonnegative(),
	/** What the worker's settings allow in work at once. */
	capacity: z.int().positive(),
});
export type Searched = z.infer<typeof searchedSchema>;

const failedVideoSchema = z.object({ id: z.string(), url: z.string(), type: z.string(), message: z.string() });
export type FailedVideo = z.infer<typeof failedVideoSchema>;

/** How one video of a query ended; `id` is its name among the query's videos. */
export const recordInputSchema = z.strictObject({
	query,
	id: videoId,
	url: z.string(),
	objectKey: z.string(),
	status: z.enum(["downloaded", "transcribed", "summarized", "failed"]),
	transcriptKey: z.string().nullable(),
	error: z.object({ type: z.string(), message: z.string() }).optional(),
});
export type RecordInput = z.infer<typeof recordInputSchema>;

const recordedSchema = z.object({ manifestKey: z.string(), videos: z.int().nonnegative() });
export type Recorded = z.infer<typeof recordedSchema>;

export const combineInputSchema = z.strictObject({ query });
export type CombineInput = z.infer<typeof combineInputSchema>;

export const combinedSchema = z.object({
	status: z.enum(["ok", "no-transcripts"]),
	keys: z.array(z.string()),
	/** Transcripts that went in. */
	count: z.int().nonnegative(),
	/** Videos without a usable one. */
	skippedCount: z.int().nonnegative(),
});
export type Combined = z.infer<typeof combinedSchema>;

const refreshedSchema = z.object({
	/** False: no address to tell is set. */
	refreshed: z.boolean(),
});
export type Refreshed = z.infer<typeof refreshedSchema>;

export const batchResultSchema = z.object({
	query: z.string(),
	slug: z.string(),
	parallelism: z.int(),
	dispatched: z.int(),
	completed: z.int(),
	failed: z.int(),
	videoIds: z.array(z.string()),
	failedVideos: z.array(failedVideoSchema),
	combined: combinedSchema,
	indexRefreshed: z.boolean(),
});
export type BatchResult = z.infer<typeof batchResultSchema>;

/** A request as the dispatcher's signal carries it. */
export const enqueueSchema = z.object({
	request_id: z.string().min(1).max(100),
	query,
	limit: z.number(),
	parallelism: z.number().nullish(),
	max_duration_minutes: z.number().nullish(),
	youtube_category: z.string().nullish(),
});
export type EnqueueRequest = z.infer<typeof enqueueSchema>;

const dispatcherInputSchema = z.strictObject({ pending: z.array(enqueueSchema).max(PENDING_MOST).default([]) });
export type DispatcherInput = z.infer<typeof dispatcherInputSchema>;

const reprocessInputSchema = z.strictObject({
	/** Key of the transcript. */
	objectKey: key,
	/** Replaces the transcript's text. */
	text: summarizeInputSchema.shape.text,
});
export type ReprocessInput = z.infer<typeof reprocessInputSchema>;

/** How to check the input of each workflow. */
export const WORKFLOW_INPUT = {
	[WORKFLOWS.video]: videoInputSchema,
	[WORKFLOWS.batch]: batchInputSchema,
	[WORKFLOWS.dispatcher]: dispatcherInputSchema,
	[WORKFLOWS.reprocess]: reprocessInputSchema,
} as const;

/** How to check the input of each activity. */
export const ACTIVITY_INPUT = {
	search_videos: searchInputSchema,
	download_video: videoInputSchema,
	record_video: recordInputSchema,
	build_batch_combined_output: combineInputSchema,
	transcribe_video: transcribeInputSchema,
	summarize_content: summarizeInputSchema,
} as const;
