import {
	ActivityFailure,
	ApplicationFailure,
	proxyActivities,
	TimeoutFailure,
	workflowInfo,
} from "@temporalio/workflow";
import { taskQueue } from "../../../src/contracts/queues.ts";
import type { CombinedActivities } from "../activities/combined.ts";
import type { ContentActivities } from "../activities/content.ts";
import type { IndexActivities } from "../activities/index.ts";
import type { RecordActivities } from "../activities/records.ts";
import type { SearchActivities } from "../activities/search.ts";
import type { SpeechActivities } from "../activities/speech.ts";
import type { VideoActivities } from "../activities/video.ts";

/** Workers beat every 3 seconds; after this silence another one takes over. */
const heartbeatTimeout = "20s";

export const { search_videos } = proxyActivities<SearchActivities>({
	startToCloseTimeout: "10m",
	heartbeatTimeout,
	retry: { maximumAttempts: 4 },
});

export const { download_video } = proxyActivities<VideoActivities>({
	startToCloseTimeout: "30m",
	heartbeatTimeout,
	retry: { maximumAttempts: 3 },
});

export const { record_video } = proxyActivities<RecordActivities>({
	startToCloseTimeout: "25s",
	// A store that was down under the job shall be up again: six minutes.
	retry: { maximumAttempts: 40, maximumInterval: "10s" },
});

export const { build_batch_combined_output } = proxyActivities<CombinedActivities>({
	startToCloseTimeout: "20m",
	heartbeatTimeout,
	retry: { maximumAttempts: 2 },
});

export const { refresh_index } = proxyActivities<IndexActivities>({
	startToCloseTimeout: "2m",
	retry: { maximumAttempts: 3 },
});

/** Activities of the gpu queue beside the one that this workflow polls. */
export function gpuActivities(): SpeechActivities & ContentActivities {
	const [base] = workflowInfo().taskQueue.split("@");
	const given = { taskQueue: taskQueue(base!, "gpu"), heartbeatTimeout } as const;
	const speech = proxyActivities<SpeechActivities>({
		...given,
		startToCloseTimeout: "60m",
		retry: { maximumAttempts: 6, maximumInterval: "60s" },
	});
	const content = proxyActivities<ContentActivities>({
		...given,
		startToCloseTimeout: "10m",
		retry: { maximumAttempts: 5, maximumInterval: "30s" },
	});
	return { ...pick(speech, "transcribe_video"), ...pick(content, "summarize_content") };
}

/** A proxy has no properties to spread. */
const pick = <T extends object, K extends keyof T>(proxy: T, name: K): Pick<T, K> =>
	({ [name]: proxy[name] }) as Pick<T, K>;

/** Workers may die under an activity so often, beyond the attempts that its own failures have. */
const DEATHS = 4;

/** Starts an activity again whose worker has died: that says nothing of the activity. */
export async function surviving<T>(start: () => Promise<T>): Promise<T> {
	for (let death = 1; ; death++) {
		try {
			return await start();
		} catch (error) {
			if (!isDeath(error) || death >= DEATHS) throw error;
		}
	}
}

const isDeath = (error: unknown): boolean =>
	error instanceof ActivityFailure && error.cause instanceof TimeoutFailure && error.cause.timeoutType === "HEARTBEAT";

/** Type and message of the deepest failure that has a type. */
export function causeOf(error: unknown): { type: string; message: string } {
	let found = { type: "Failure", message: error instanceof Error ? error.message : String(error) };
	for (let one: unknown = error; one instanceof Error; one = one.cause) {
		if (one instanceof ApplicationFailure && one.type) found = { type: one.type, message: one.message };
		else if (one instanceof TimeoutFailure) found = { type: "Timeout", message: one.message };
	}
	return { ...found, message: found.message.slice(0, 1_000) };
}
