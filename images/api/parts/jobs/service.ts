import { createHash, randomBytes } from "node:crypto";
import { batchId } from "../../../../src/contracts/objects.ts";
import { taskQueue } from "../../../../src/contracts/queues.ts";
import { BATCH_BOUNDS, ENQUEUE_SIGNAL, usualParallelism, WORKFLOWS } from "../../../../src/contracts/task-names.ts";
import type { EnqueueRequest, VideoInput } from "../../../../src/contracts/tasks.ts";
import type { Temporal } from "../../../runtime/temporal/client.ts";
import type { BatchBody, BatchStarted, ProcessBody, Started } from "./schema.ts";

export interface JobOptions {
	temporal: Pick<Temporal, "start" | "signal">;
	baseTaskQueue: string;
	/** Videos at once that the workers can bear. */
	capacity: number;
	/** Used where a request names none. */
	category: string | undefined;
}

/** Starts executions. */
export interface Jobs {
	/** One video; joins the execution of the same address that runs. @throws DependencyError */
	process(body: ProcessBody): Promise<Started>;
	/** Hands a batch to the dispatcher. @throws DependencyError */
	batch(body: BatchBody): Promise<BatchStarted>;
}

/** Starts jobs and tells how they do. Calls throw the api's errors. */
export function createJobs({ temporal, baseTaskQueue, capacity, category }: JobOptions): Jobs {
	const queue = taskQueue(baseTaskQueue, "cpu");
	// One takes the requests of a base task queue.
	const dispatcher = `query-dispatcher-${baseTaskQueue}`;
	return {
		async process({ url }) {
			const workflowId = `video-${idOf(url)}`;
			const input: VideoInput = { url };
			const run_id = await temporal.start({ type: WORKFLOWS.video, workflowId, queue, args: [input] });
			return { status: "started", workflow_id: workflowId, run_id };
		},
		async batch({ query, limit, parallelism: wanted, max_duration_minutes, youtube_category }) {
			const plan = {
				parallelism: Math.min(BATCH_BOUNDS.parallelism.most, capacity, wanted ?? usualParallelism(limit)),
				max_duration_minutes,
				youtube_category: youtube_category ?? category ?? null,
			};
			const request_id = randomBytes(6).toString("hex");
			const message: EnqueueRequest = { request_id, query, limit, ...plan };
			const what = { type: WORKFLOWS.dispatcher, workflowId: dispatcher, queue, args: [] };
			const run_id = await temporal.signal({ ...what, signal: ENQUEUE_SIGNAL, message });
			const batch_workflow_id = batchId(query, request_id);
			return { status: "queued", workflow_id: dispatcher, run_id, request_id, batch_workflow_id, ...plan };
		},
	};
}

/** The same address has the same id, and the one that `cres run` gives it. */
const idOf = (url: string): string => createHash("sha256").update(new URL(url).href).digest("hex").slice(0, 12);
