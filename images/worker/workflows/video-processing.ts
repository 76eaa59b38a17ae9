import { isCancellation, log, patched } from "@temporalio/workflow";
import { DIRECT_QUERY, idOfAddress, transcriptKeyOf } from "../../../src/contracts/objects.ts";
import { FAILURES } from "../../../src/contracts/task-names.ts";
import type {
	Downloaded,
	RecordInput,
	Summarized,
	Transcribed,
	VideoInput,
	VideoResult,
} from "../../../src/contracts/tasks.ts";
import { causeOf, download_video, gpuActivities, record_video, refresh_index, surviving } from "./activities.ts";

/** What is done of a video. */
interface Done {
	downloaded?: Downloaded;
	transcribed?: Transcribed;
	summarized?: Summarized;
}

/** One video from its address to stored video, transcript and summary; how it ended stands in the query's manifest. */
export async function VideoProcessingWorkflow(input: VideoInput): Promise<VideoResult> {
	const done: Done = {};
	try {
		await process(input, done);
		await record_video(recordOf(input, done));
	} catch (error) {
		if (!isCancellation(error)) await recordFailure(input, done, error);
		throw error;
	}
	if (input.batch === undefined) await refreshIndex();
	return resultOf(done);
}

async function process(input: VideoInput, done: Done): Promise<void> {
	const { query = DIRECT_QUERY, until = "summary", language } = input;
	const { audio } = (done.downloaded = await surviving(() => download_video(input)));
	if (until === "download") return;
	const { transcribe_video, summarize_content } = gpuActivities();
	const transcriptKey = transcriptKeyOf(audio.key);
	const speech = { audioKey: audio.key, transcriptKey, query, ...(language === undefined ? {} : { language }) };
	done.transcribed = await surviving(() => transcribe_video(speech));
	if (until === "transcript") return;
	done.summarized = await surviving(() => summarize_content({ transcriptKey }));
}

async function recordFailure(input: VideoInput, done: Done, failure: unknown): Promise<void> {
	const error = causeOf(failure);
	if (error.type === FAILURES.input && !(isNamed(input) && patched("record-refused-input"))) return;
	try {
		await record_video({ ...recordOf(input, done), status: "failed", error });
	} catch (unrecorded) {
		log.warn("the failure does not stand in the manifest", { error, unrecorded: causeOf(unrecorded) });
	}
}

/** An input may be anything; without an address there is nothing to name the video by. */
const isNamed = ({ url }: { url?: unknown }): boolean => typeof url === "string" && url !== "";

function recordOf(
	{ url, query = DIRECT_QUERY }: VideoInput,
	{ downloaded, transcribed, summarized }: Done,
): RecordInput {
	return {
		query,
		url,
		id: downloaded?.videoId ?? idOfAddress(url),
		objectKey: downloaded?.video.key ?? "",
		status: summarized ? "summarized" : transcribed ? "transcribed" : "downloaded",
		transcriptKey: transcribed?.transcript.key ?? null,
	};
}

function resultOf({ downloaded, transcribed, summarized }: Done): VideoResult {
	return {
		...downloaded!,
		...(transcribed && {
			transcript: summarized?.transcript ?? transcribed.transcript,
			text: transcribed.excerpt,
			language: transcribed.language,
			engines: { whisper: transcribed.engine, ...(summarized && { llm: summarized.engine }) },
			workers: { transcribe: transcribed.worker, ...(summarized && { summarize: summarized.worker }) },
		}),
		...(summarized && {
			summary: summarized.summary,
			keywords: summarized.keywords,
			summaryFallback: summarized.fallback,
		}),
	};
}

/** An index that cannot be told does not undo what is done. */
export async function refreshIndex(): Promise<boolean> {
	try {
		return (await refresh_index()).refreshed;
	} catch (error) {
		if (isCancellation(error)) throw error;
		log.warn("the index was not told", causeOf(error));
		return false;
	}
}
