import { videoResultSchema, type VideoResult } from "../contracts/tasks.ts";
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
	const stored = (["video", "audio", "info", "transcript"] as const).flatMap((kind) => {
		const object = rest[kind];
		return object ? [[kind, bytes(object.bytes), object.key]] : [];
	});
	return [
		head,
		`${title}, ${seconds(durationSeconds * 1000)}, done by ${worker}`,
		table(["STORED", "SIZE", `KEY IN ${bucket}`], stored),
		...spoken(video.data),
	].join("\n");
}

/** What was said and how it was summed up, with the engines that did it; nothing where the job ended with the download. */
function spoken({ text, language, summary, engines, summaryFallback }: VideoResult): string[] {
	if (text === undefined) return [];
	const { whisper, llm } = engines ?? {};
	const by = whisper ? `${whisper.name} ${whisper.model} on ${whisper.device}, ${whisper.precision}` : "unknown";
	const pretended = whisper?.pretended ? "; the GPU is pretended" : "";
	return [
		`said (${language ?? "unknown"}, by ${by}${pretended}): ${text}`,
		...(summary === undefined
			? []
			: [`in short (${summaryFallback ? `fall-back: ${summaryFallback}` : (llm?.model ?? "unknown")}): ${summary}`]),
	];
}
