import { milliseconds } from "./replies.ts";

/** By temporal.api.enums.v1.WorkflowExecutionStatus. */
const STATUS = [
	...(["unknown", "running", "completed", "failed", "cancelled", "terminated"] as const),
	...(["continued", "timed-out"] as const),
];

/** An execution of a workflow. */
export interface ListedJob {
	workflowId: string;
	runId: string;
	/** Type. */
	workflow: string;
	status: (typeof STATUS)[number];
	/** RFC 3339. */
	startedAt: string;
	/** RFC 3339; null while it runs. */
	closedAt: string | null;
}

/** The parts that are read of temporal.api.workflow.v1.WorkflowExecutionInfo. */
interface ExecutionInfo {
	execution?: { workflowId?: string | null; runId?: string | null } | null;
	type?: { name?: string | null } | null;
	status?: unknown;
	startTime?: object | null;
	closeTime?: object | null;
}

/** From WorkflowExecutionInfo (temporal.api.workflow.v1). */
export const jobFrom = ({ execution, type, status, startTime, closeTime }: ExecutionInfo): ListedJob => ({
	workflowId: execution?.workflowId ?? "",
	runId: execution?.runId ?? "",
	workflow: type?.name ?? "",
	status: STATUS[Number(status)] ?? "unknown",
	startedAt: new Date(milliseconds(startTime)).toISOString(),
	closedAt: closeTime ? new Date(milliseconds(closeTime)).toISOString() : null,
});
