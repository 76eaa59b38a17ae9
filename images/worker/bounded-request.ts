import type { EnqueueRequest } from "../../src/contracts/tasks.ts";

/**
 * What is kept of a request that waits: it travels with all others in one payload when the dispatcher's history begins
 * again, and a signal may hold anything.
 */
export const boundedRequest = (request: EnqueueRequest): EnqueueRequest => ({
	request_id: request.request_id.slice(0, 100),
	query: request.query.trim().slice(0, 200),
	limit: numberIn(request.limit) ?? Number.NaN,
	parallelism: numberIn(request.parallelism),
	max_duration_minutes: numberIn(request.max_duration_minutes),
	youtube_category: typeof request.youtube_category === "string" ? request.youtube_category.slice(0, 100) : null,
});

const numberIn = (value: unknown): number | null => (typeof value === "number" ? value : null);
