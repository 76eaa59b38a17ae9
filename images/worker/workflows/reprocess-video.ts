import type { ReprocessInput, Summarized } from "../../../src/contracts/tasks.ts";
import { gpuActivities, surviving } from "./activities.ts";
import { refreshIndex } from "./video-processing.ts";

/** Summarises a transcript again, or a text in its place. */
export async function ReprocessVideoWorkflow({ objectKey, text }: ReprocessInput): Promise<Summarized> {
	const { summarize_content } = gpuActivities();
	const input = { transcriptKey: objectKey, ...(text === undefined ? {} : { text }) };
	const summarized = await surviving(() => summarize_content(input));
	await refreshIndex();
	return summarized;
}
