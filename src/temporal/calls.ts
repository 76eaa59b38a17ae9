import type { Connection } from "@temporalio/client";

/** What cres asks of Temporal's WorkflowService. A build holds the messages of these calls and of no others. */
const NAMES = [
	"getSystemInfo", // the client asks it when it connects
	"describeNamespace",
	"registerNamespace",
	"listTaskQueuePartitions",
	"describeTaskQueue",
	"listWorkers",
	"startWorkflowExecution",
	"describeWorkflowExecution",
	"getWorkflowExecutionHistory",
	"listWorkflowExecutions",
	"requestCancelWorkflowExecution",
	"deleteWorkflowExecution",
] as const;

export type WorkflowService = Pick<Connection["workflowService"], (typeof NAMES)[number]>;

/** Makes one call, with its deadline and its tries. Throws what Temporal's failure means as a UserError. */
export type Ask = <T>(call: (service: WorkflowService) => Promise<T>) => Promise<T>;

/** The names as the server has them: DescribeNamespace. */
export const CALLS: ReadonlySet<string> = new Set(NAMES.map((name) => name[0]!.toUpperCase() + name.slice(1)));
