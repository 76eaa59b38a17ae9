import { z } from "zod";

/** Workflow types that workers of this build register. */
export const WORKFLOWS = { video: "VideoProcessingWorkflow" } as const;

export const videoInputSchema = z.strictObject({
	/** http or https address that yt-dlp understands. */
	url: z.url({ protocol: /^https?$/ }),
	/** Search that led to the video; decides the folder in the bucket. */
	query: z.string().min(1).max(200).optional(),
});
export type VideoInput = z.infer<typeof videoInputSchema>;

export const storedObjectSchema = z.object({ key: z.string(), bytes: z.int().nonnegative() });
export type StoredObject = z.infer<typeof storedObjectSchema>;

export const videoResultSchema = z.object({
	videoId: z.string(),
	title: z.string(),
	url: z.string(),
	durationSeconds: z.number().nonnegative(),
	bucket: z.string(),
	video: storedObjectSchema,
	audio: storedObjectSchema,
	info: storedObjectSchema,
	/** Worker identity that did the job, e.g. `cpu@cpu-1/0123456789ab-89abcdef`. */
	worker: z.string(),
});
export type VideoResult = z.infer<typeof videoResultSchema>;

/** What `cres run` needs to know of each workflow: how to check its input and name its execution. */
export const WORKFLOW_INPUT = { [WORKFLOWS.video]: videoInputSchema } as const;

/** Types of the failures that a job may end with; DownloadFailed and ProcessingFailed are retried first. */
export const FAILURES = {
	input: "InvalidInput",
	notFound: "VideoNotFound",
	unsupported: "VideoUnsupported",
	live: "VideoIsLive",
	empty: "VideoEmpty",
	noAudio: "VideoWithoutAudio",
	download: "DownloadFailed",
	processing: "ProcessingFailed",
} as const;
