import type { Client, WorkflowHandle } from "@temporalio/client";

/** What a batch and its children had to do again. */
interface Retries {
	/** Attempts beyond the first, by activity type. */
	activities: Record<string, number>;
	/** Workflow tasks that timed out or failed. */
	workflowTasks: number;
}

type Events = NonNullable<Awaited<ReturnType<WorkflowHandle["fetchHistory"]>>["events"]>;

/** Reads the histories of an execution and of the children that it started. */
export async function retriesOf(client: Client, job: WorkflowHandle): Promise<Retries> {
	const own = await eventsOf(job);
	const children = own.flatMap(({ childWorkflowExecutionStartedEventAttributes: started }) =>
		started?.workflowExecution ? [started.workflowExecution] : [],
	);
	const retries: Retries = { activities: {}, workflowTasks: 0 };
	count(own, retries);
	for (const { workflowId, runId } of children)
		count(await eventsOf(client.workflow.getHandle(workflowId!, runId!)), retries);
	return retries;
}

const eventsOf = async (job: Pick<WorkflowHandle, "fetchHistory">): Promise<Events> =>
	(await job.fetchHistory()).events ?? [];

function count(events: Events, retries: Retries): void {
	const types = new Map(
		events.map(({ eventId, activityTaskScheduledEventAttributes: scheduled }) => [
			String(eventId),
			scheduled?.activityType?.name,
		]),
	);
	for (const { activityTaskStartedEventAttributes: started, ...event } of events) {
		if (event.workflowTaskTimedOutEventAttributes || event.workflowTaskFailedEventAttributes) retries.workflowTasks++;
		const again = (started?.attempt ?? 1) - 1;
		if (again === 0) continue;
		const type = types.get(String(started?.scheduledEventId)) ?? "unknown";
		retries.activities[type] = (retries.activities[type] ?? 0) + again;
	}
}
