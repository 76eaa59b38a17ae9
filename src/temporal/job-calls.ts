import { randomUUID } from "node:crypto";
import type { Ask } from "./calls.ts";
import { hasCode } from "../errors/errors.ts";
import { jobFrom, type ListedJob } from "./listed-job.ts";

/** What is asked about executions that others started. */
export interface JobCalls {
	/** Executions on a queue, newest first, at most `limit`. */
	listJobs(queue: string, options: { running: boolean; limit: number }): Promise<{ jobs: ListedJob[]; more: boolean }>;
	/** The newest execution of an id; undefined when there is none. */
	findJob(workflowId: string): Promise<ListedJob | undefined>;
	/** Asks an execution to end. */
	cancelJob(execution: Pick<ListedJob, "workflowId" | "runId">): Promise<void>;
	/** Ends the newest execution of an id, if it runs, and has the server forget it. One that is not known is no error. */
	deleteJob(workflowId: string): Promise<void>;
}

/** For a string of the query language. */
export const quoted = (text: string): string => text.replaceAll("'", "\\'");

/** Those of WorkflowService for executions of others. */
export const jobCalls = (
	ask: Ask,
	{ namespace, namespaceExists }: { namespace: string; namespaceExists: () => Promise<boolean> },
): JobCalls => ({
	listJobs: (queue, { running, limit }) =>
		ask(async (service) => {
			const query = `TaskQueue = '${quoted(queue)}'${running ? " AND ExecutionStatus = 'Running'" : ""}`;
			const { executions, nextPageToken } = await service.listWorkflowExecutions({ namespace, query, pageSize: limit });
			return { jobs: (executions ?? []).map(jobFrom), more: (nextPageToken?.length ?? 0) > 0 };
		}),
	findJob: (workflowId) =>
		ask(async (service) => {
			const execution = { workflowId };
			const { workflowExecutionInfo } = await service.describeWorkflowExecution({ namespace, execution });
			return workflowExecutionInfo ? jobFrom(workflowExecutionInfo) : undefined;
		}).catch(async (error: unknown) => {
			// an id that is not known and a namespace that is not known have the same status
			if (hasCode(error, "temporal_namespace_missing") && (await namespaceExists())) return undefined;
			throw error;
		}),
	cancelJob: ({ workflowId, runId }) =>
		ask(async (service) => {
			const request = { workflowExecution: { workflowId, runId }, identity: "cres", requestId: randomUUID() };
			await service.requestCancelWorkflowExecution({ namespace, ...request, reason: "cres job cancel" });
		}),
	deleteJob: (workflowId) =>
		ask(async (service) => {
			await service.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
		}).catch((error: unknown) => {
			// what is not known and a namespace that is not known have the same status
			if (!hasCode(error, "temporal_namespace_missing")) throw error;
		}),
});
