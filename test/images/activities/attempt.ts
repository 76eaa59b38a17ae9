import { asyncLocalStorage, Context, type Info } from "../../../images/node_modules/@temporalio/activity/lib/index.js";

export interface AttemptOptions {
	/** Counted from 1. */
	number?: number;
	/** What the attempt before told last. */
	heartbeatDetails?: unknown;
	signal?: AbortSignal;
	/** Execution that the activity belongs to. */
	runId?: string;
	/** Takes what this one tells. */
	beats?: unknown[];
}

/** Runs an activity as a worker does: within the context that it asks for its attempt and its cancellation. */
export function attempt<T>(
	activity: () => Promise<T>,
	{
		number = 1,
		heartbeatDetails,
		signal = new AbortController().signal,
		beats = [],
		runId = "run",
	}: AttemptOptions = {},
): Promise<T> {
	const workflowExecution = { workflowId: "video", runId };
	const info = { attempt: number, heartbeatDetails, workflowExecution } as Info;
	const never = new Promise<never>(() => {});
	const parts = [info, never, signal, (details: unknown) => beats.push(details)] as const;
	const context = new Context(...(parts as unknown as ConstructorParameters<typeof Context>));
	return asyncLocalStorage.run(context, activity);
}

/** The failure that an attempt ends with, as a workflow sees it. */
export async function failureOf(
	running: Promise<unknown>,
): Promise<{ type: string; retryable: boolean; message: string }> {
	const error = (await running.then(
		() => new Error("it ended well"),
		(reason: unknown) => reason,
	)) as { type?: string; nonRetryable?: boolean; message: string };
	return { type: String(error.type), retryable: !error.nonRetryable, message: error.message };
}
