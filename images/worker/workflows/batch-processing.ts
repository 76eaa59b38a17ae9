import { WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import { executeChild, isCancellation, workflowInfo } from "@temporalio/workflow";
import { shortHash, slug } from "../../../src/contracts/objects.ts";
import { BATCH_BOUNDS, clamp, usualParallelism } from "../../../src/contracts/task-names.ts";
import type { BatchInput, BatchResult, FailedVideo, FoundVideo, VideoResult } from "../../../src/contracts/tasks.ts";
import { build_batch_combined_output, causeOf, search_videos, surviving } from "./activities.ts";
import { refreshIndex, VideoProcessingWorkflow } from "./video-processing.ts";

const { limit: LIMIT, maxMinutes: MINUTES, parallelism: PARALLELISM } = BATCH_BOUNDS;

/** Defaults and bounds, also for what was started by hand. */
type Asked = Partial<BatchInput> & Pick<BatchInput, "query">;

/** Searches, processes what was found, so many at once as the workers bear, and combines what is said; one that fails fails alone. */
export async function BatchProcessingWorkflow(input: Asked): Promise<BatchResult> {
	const { query, category, until } = input;
	const limit = clamp(input.limit ?? LIMIT.usual, LIMIT);
	const maxMinutes = clamp(input.maxMinutes ?? MINUTES.usual, MINUTES);
	const search = { query, limit, maxMinutes, ...(category === undefined ? {} : { category }) };
	const { videos, capacity } = await surviving(() => search_videos(search));
	const wanted = clamp(input.parallelism ?? usualParallelism(limit), PARALLELISM);
	const parallelism = Math.max(1, Math.min(wanted, capacity));
	const failedVideos: FailedVideo[] = [];
	const videoIds: string[] = [];
	await eachOf(videos, parallelism, async (video) => {
		const failed = await processOne(video, { query, maxMinutes, ...(until === undefined ? {} : { until }) });
		if (failed) failedVideos.push(failed);
		else videoIds.push(video.id);
	});
	return {
		query,
		slug: slug(query),
		parallelism,
		dispatched: videos.length,
		completed: videoIds.length,
		failed: failedVideos.length,
		videoIds,
		failedVideos,
		combined: await surviving(() => build_batch_combined_output({ query })),
		indexRefreshed: await refreshIndex(),
	};
}

/** At most `most` at once, in the order of the list. */
async function eachOf<T>(items: readonly T[], most: number, work: (item: T) => Promise<void>): Promise<void> {
	const rest = items.values();
	const lane = async (): Promise<void> => {
		for (const item of rest) await work(item);
	};
	await Promise.all(Array.from({ length: most }, lane));
}

async function processOne(
	{ id, url }: FoundVideo,
	shared: { query: string; maxMinutes: number; until?: NonNullable<BatchInput["until"]> },
): Promise<FailedVideo | undefined> {
	const input = { ...shared, url, batch: workflowInfo().workflowId };
	try {
		await child(`video-${id}`, input);
		return undefined;
	} catch (error) {
		if (isCancellation(error)) throw error;
		return { id, url, ...causeOf(error) };
	}
}

/** Where the same video is in work for somebody else, this one gets an id of its own. */
async function child(workflowId: string, input: Parameters<typeof VideoProcessingWorkflow>[0]): Promise<VideoResult> {
	const start = (id: string) => executeChild(VideoProcessingWorkflow, { workflowId: id, args: [input] });
	try {
		return await start(workflowId);
	} catch (error) {
		if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
		return await start(`${workflowId}-${shortHash(workflowInfo().workflowId)}`);
	}
}
