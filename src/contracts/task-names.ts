/** Workflow types that workers of this build register. */
export const WORKFLOWS = {
	video: "VideoProcessingWorkflow",
	batch: "BatchProcessingWorkflow",
	dispatcher: "QueryDispatcherWorkflow",
	reprocess: "ReprocessVideoWorkflow",
} as const;

/** Activity types by the role of the queue that they are given to. */
export const ACTIVITIES = {
	cpu: ["search_videos", "download_video", "record_video", "build_batch_combined_output", "refresh_index"],
	gpu: ["transcribe_video", "summarize_content"],
} as const;

/** Signal of the dispatcher that adds a request. */
export const ENQUEUE_SIGNAL = "enqueue";
/** Requests that wait at the dispatcher, at most: all of them travel in one payload, which Temporal limits to 2 MB. */
export const PENDING_MOST = 1_000;
/** Query of the dispatcher: requests that wait or run. */
export const PENDING_QUERY = "pending_count";

/** Types of the failures that a job may end with. */
export const FAILURES = {
	input: "InvalidInput",
	notFound: "VideoNotFound",
	unsupported: "VideoUnsupported",
	playlist: "VideoIsPlaylist",
	live: "VideoIsLive",
	tooLong: "VideoTooLong",
	empty: "VideoEmpty",
	private: "VideoPrivate",
	membersOnly: "VideoMembersOnly",
	ageRestricted: "VideoAgeRestricted",
	geoBlocked: "VideoGeoBlocked",
	removed: "VideoRemoved",
	upcoming: "VideoUpcoming",
	/** It or a redirect leads to an address that is not public and not allowed. */
	address: "AddressRefused",
	tooLarge: "VideoTooLarge",
	tooSlow: "DownloadTooSlow",
	noAudio: "VideoWithoutAudio",
	corrupt: "VideoCorrupt",
	audio: "AudioRefused",
	transcript: "TranscriptMissing",
	/** The following are tried again before a job ends with them. */
	download: "DownloadFailed",
	processing: "ProcessingFailed",
	search: "SearchFailed",
	store: "StoreUnavailable",
	disk: "DiskFull",
	engine: "EngineUnavailable",
	index: "IndexUnavailable",
} as const;
export type FailureType = (typeof FAILURES)[keyof typeof FAILURES];

/** Bounds of what a batch may ask for; minutes are those of one video. */
export const BATCH_BOUNDS = {
	limit: { least: 1, most: 50, usual: 10 },
	parallelism: { least: 1, most: 4 },
	maxMinutes: { least: 1, most: 180, usual: 10 },
} as const;

/** The nearest whole number within the bounds. */
export const clamp = (value: number, { least, most }: { least: number; most: number }): number =>
	Math.min(most, Math.max(least, Math.round(value)));

/** Videos in work at once when nobody says: the more videos, the more of them. */
export const usualParallelism = (limit: number): number => 1 + [2, 5, 10].filter((bound) => limit > bound).length;
