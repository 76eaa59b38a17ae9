import type { TaskQueueType } from "../contracts/queues.ts";
import type { WorkflowService } from "./calls.ts";

/** temporal.api.enums.v1.WorkerStatus */
const WORKER_RUNNING = 1;

/** A row of a task queue's poller cache. */
export interface Poller {
	identity: string;
	/** Undefined for workers that report no deployment version. */
	buildId: string | undefined;
	/** Start or end of the last poll, milliseconds since the epoch. */
	lastSeenMs: number;
}

export interface QueueStatus {
	pollers: Poller[];
	/** Tasks that wait, approximately, and the age of the oldest in milliseconds. */
	backlog: { count: number; ageMs: number };
	/** Tasks a second that come and that workers take; undefined where the server does not count them. */
	rates?: { add: number; dispatch: number };
	/** The build that new work is routed to; undefined: to whoever polls. */
	routed?: string;
}

/** What a worker says of itself every few seconds, apart from its polls. */
export interface Heartbeat {
	identity: string;
	buildId: string | undefined;
	queue: string;
	running: boolean;
	/** Milliseconds since the epoch. */
	atMs: number;
	/** Activity slots. */
	slots: { used: number; available: number };
}

type QueueReply = Awaited<ReturnType<WorkflowService["describeTaskQueue"]>>;
export type PartitionsReply = Awaited<ReturnType<WorkflowService["listTaskQueuePartitions"]>>;
type WorkersReply = Awaited<ReturnType<WorkflowService["listWorkers"]>>;
type HeartbeatReply = NonNullable<NonNullable<WorkersReply["workersInfo"]>[number]["workerHeartbeat"]>;

/** From DescribeTaskQueue (temporal.api.workflowservice.v1). */
export const statusFrom = ({ pollers, stats, versioningInfo }: QueueReply): QueueStatus => ({
	pollers: (pollers ?? []).map((poller) => ({
		identity: poller.identity ?? "",
		buildId: poller.deploymentOptions?.buildId || undefined,
		lastSeenMs: milliseconds(poller.lastAccessTime),
	})),
	backlog: { count: Number(stats?.approximateBacklogCount ?? 0), ageMs: milliseconds(stats?.approximateBacklogAge) },
	...(stats ? { rates: { add: stats.tasksAddRate ?? 0, dispatch: stats.tasksDispatchRate ?? 0 } } : {}),
	...routedTo(versioningInfo?.currentDeploymentVersion?.buildId),
});

const routedTo = (buildId: string | null | undefined): Pick<QueueStatus, "routed"> =>
	buildId ? { routed: buildId } : {};

/** The root first: it alone tells the backlog of all. Undefined when the server names none. */
export function partitionsFrom(reply: PartitionsReply, type: TaskQueueType): string[] | undefined {
	const found = type === "workflow" ? reply.workflowTaskQueuePartitions : reply.activityTaskQueuePartitions;
	const names = (found ?? []).flatMap(({ key }) => (key ? [key] : []));
	return names.length > 0 ? names : undefined;
}

/** A worker polls some of a queue's partitions, and each knows its own polls only: one row a worker, its latest poll. */
export function newestOf(pollers: readonly Poller[]): Poller[] {
	const newestFirst = pollers.toSorted((a, b) => b.lastSeenMs - a.lastSeenMs);
	return newestFirst.filter(
		({ identity }, index) => newestFirst.findIndex((one) => one.identity === identity) === index,
	);
}

/** From WorkerHeartbeat (temporal.api.worker.v1). */
export const heartbeatFrom = (beat: HeartbeatReply): Heartbeat => ({
	identity: beat.workerIdentity ?? "",
	buildId: beat.deploymentVersion?.buildId || undefined,
	queue: beat.taskQueue ?? "",
	running: Number(beat.status) === WORKER_RUNNING,
	atMs: milliseconds(beat.heartbeatTime),
	slots: {
		used: beat.activityTaskSlotsInfo?.currentUsedSlots ?? 0,
		available: beat.activityTaskSlotsInfo?.currentAvailableSlots ?? 0,
	},
});

/** A protobuf Timestamp or Duration in milliseconds. */
export const milliseconds = (time: { seconds?: unknown; nanos?: number | null } | null | undefined): number =>
	Number(time?.seconds ?? 0) * 1000 + Math.round((time?.nanos ?? 0) / 1e6);
