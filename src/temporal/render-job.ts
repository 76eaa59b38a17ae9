import { videoResultSchema } from "../contracts/tasks.ts";
import { bytes, seconds, table } from "../system/text.ts";
import type { JobReport } from "./run-job.ts";

/** What came out, as far as it is known; other results as JSON. */
export function renderJob(job: JobReport): string {
	const { workflowId, workflow, joined, finished, durationMs, result } = job;
	if (!finished) return `${joined ? "joined" : "started"} ${workflow} ${workflowId}; it is not followed`;
	const head = `${workflowId} done in ${seconds(durationMs)}${joined ? " (joined)" : ""}`;
	const video = videoResultSchema.safeParse(result);
	if (!video.success) return `${head}\n${JSON.stringify(result, null, 2)}`;
	const { title, durationSeconds, bucket, worker, ...rest } = video.data;
	const stored = (["video", "audio", "info"] as const).map((kind) => [kind, bytes(rest[kind].bytes), rest[kind].key]);
	return [
		head,
		`${title}, ${seconds(durationSeconds * 1000)}, done by ${worker}`,
		table(["STORED", "SIZE", `KEY IN ${bucket}`], stored),
	].join("\n");
}
