import { WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import {
	CancellationScope,
	condition,
	continueAsNew,
	defineQuery,
	defineSignal,
	executeChild,
	isCancellation,
	log,
	patched,
	setHandler,
	workflowInfo,
} from "@temporalio/workflow";
import { batchId, formerBatchId } from "../../../src/contracts/objects.ts";
import { boundedRequest } from "../bounded-request.ts";
import { BATCH_BOUNDS, clamp, ENQUEUE_SIGNAL, PENDING_MOST, PENDING_QUERY } from "../../../src/contracts/task-names.ts";
import type { BatchInput, DispatcherInput, EnqueueRequest } from "../../../src/contracts/tasks.ts";
import { BatchProcessingWorkflow } from "./batch-processing.ts";
import { causeOf } from "./activities.ts";

/** Requests of one execution before its history begins again. */
const REQUESTS = 100;

const enqueue = defineSignal<[EnqueueRequest]>(ENQUEUE_SIGNAL);
const pendingCount = defineQuery<number>(PENDING_QUERY);

/** Runs the batches that are asked for, one after the other in the order of their requests; never ends by itself. */
export async function QueryDispatcherWorkflow(input: Partial<DispatcherInput> = {}): Promise<never> {
	const pending: EnqueueRequest[] = [...(input.pending ?? [])];
	setHandler(enqueue, (request) => {
		if (!isRequest(request)) return log.warn("no request for a batch", { request });
		const kept = boundedRequest(request);
		const { request_id: id } = kept;
		if (pending.some((other) => other.request_id === id)) return;
		if (pending.length >= PENDING_MOST) return log.warn("too many requests wait: this one is lost", { id });
		pending.push(kept);
	});
	setHandler(pendingCount, () => pending.length);
	for (let handled = 0; handled < REQUESTS && !workflowInfo().continueAsNewSuggested; handled++) {
		await condition(() => pending.length > 0);
		await runBatch(pending[0]!);
		pending.shift();
	}
	return continueAsNew<typeof QueryDispatcherWorkflow>({ pending });
}

/** A signal may hold anything, and a workflow that fails on one would lose all others. */
const isRequest = (request: unknown): request is EnqueueRequest => {
	const { request_id: id, query } = (request ?? {}) as Partial<Record<keyof EnqueueRequest, unknown>>;
	return typeof id === "string" && id !== "" && typeof query === "string" && query.trim() !== "";
};

async function runBatch(request: EnqueueRequest): Promise<void> {
	const workflowId = idOf(request);
	try {
		await executeChild(BatchProcessingWorkflow, {
			workflowId,
			args: [batchOf(request)],
			// A request that comes again once it is done is not done again.
			workflowIdReusePolicy: "ALLOW_DUPLICATE_FAILED_ONLY",
		});
	} catch (error) {
		// Somebody may cancel one batch; the dispatcher goes on unless it is told to stop itself.
		if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
		if (error instanceof WorkflowExecutionAlreadyStartedError) log.info("the batch is known already", { workflowId });
		else log.warn("a batch failed", { workflowId, ...causeOf(error) });
	}
}

/** Histories that began before queries of any script had an id of their own name the one of then. */
function idOf({ query, request_id: id }: EnqueueRequest): string {
	const [now, before] = [batchId(query, id), formerBatchId(query, id)];
	return now === before || patched("batch-id-of-any-script") ? now : before;
}

function batchOf({
	query,
	limit,
	parallelism,
	max_duration_minutes: minutes,
	youtube_category: category,
}: EnqueueRequest): BatchInput {
	const whole = (value: unknown, usual: number) =>
		typeof value === "number" && Number.isFinite(value) ? value : usual;
	const { limit: LIMIT, maxMinutes: MINUTES, parallelism: PARALLELISM } = BATCH_BOUNDS;
	return {
		query: query.trim().slice(0, 200),
		limit: clamp(whole(limit, LIMIT.usual), LIMIT),
		maxMinutes: clamp(whole(minutes, MINUTES.usual), MINUTES),
		...(typeof parallelism === "number" ? { parallelism: clamp(parallelism, PARALLELISM) } : {}),
		...(category ? { category } : {}),
	};
}
