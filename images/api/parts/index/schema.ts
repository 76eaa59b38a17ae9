import { z } from "zod";

/** `queries/<slug>/manifest.json`, as far as it is read here. */
export const manifestSchema = z.object({
	query: z.string(),
	videos: z.array(
		z.object({
			object_key: z.string(),
			status: z.enum(["downloaded", "transcribed", "summarized", "failed"]),
			transcript_key: z.string().nullish(),
		}),
	),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** A transcript's JSON, as far as it is read here. */
export const transcriptSchema = z.object({
	text: z.string(),
	segments: z.array(z.object({ start: z.number(), end: z.number(), text: z.string() })),
	summary: z.string().nullish(),
	keywords: z.array(z.string()).default([]),
});
export type Transcript = z.infer<typeof transcriptSchema>;

export const keywordSchema = z.object({
	word: z.string(),
	count: z.int().nonnegative(),
	/** Share of the most frequent keyword's count, 0 to 1. */
	score: z.number(),
	/** Seconds into the video; null: not said in these words. */
	start_time: z.number().nullable(),
});
export type Keyword = z.infer<typeof keywordSchema>;

export const indexEntrySchema = z.object({
	title: z.string(),
	/** Keys in the bucket. */
	video_path: z.string(),
	thumb_path: z.string().nullable(),
	json_path: z.string().nullable(),
	keywords: z.array(keywordSchema),
	summary: z.string().nullable(),
	search_query: z.string(),
	query_updated_at: z.string().nullable(),
});
export type IndexEntry = z.infer<typeof indexEntrySchema>;

export const reindexedSchema = z.object({ status: z.literal("ok"), message: z.string() });
export type Reindexed = z.infer<typeof reindexedSchema>;
