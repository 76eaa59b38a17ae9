import { proxyActivities } from "@temporalio/workflow";
import type { VideoInput, VideoResult } from "../../../src/contracts/tasks.ts";
import type { VideoActivities } from "../activities/video.ts";

const { download_video } = proxyActivities<VideoActivities>({
	startToCloseTimeout: "30m",
	heartbeatTimeout: "30s",
	retry: { maximumAttempts: 3 },
});

/** One video from its address to stored video, audio and metadata. */
export async function VideoProcessingWorkflow(input: VideoInput): Promise<VideoResult> {
	return await download_video(input);
}
