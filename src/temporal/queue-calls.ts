import type { TaskQueueType } from "../contracts/queues.ts";
import { hasCode } from "../errors/errors.ts";
import type { Ask } from "./calls.ts";
import { quoted } from "./job-calls.ts";
import {
	heartbeatFrom,
	newestOf,
	partitionsFrom,
	statusFrom,
	type Heartbeat,
	type PartitionsReply,
	type QueueStatus,
} from "./replies.ts";

/** temporal.api.enums.v1.TaskQueueType */
const QUEUE_TYPE = { workflow: 1, activity: 2 } as const;

/** What is asked about a task queue. */
export interface QueueCalls {
	/** Pollers of all partitions, the latest poll first. */
	queueStatus(queue: string, type: TaskQueueType): Promise<QueueStatus>;
	/** Empty when the server does not know worker heartbeats. */
	heartbeats(queue: string): Promise<Heartbeat[]>;
}

/** Those of WorkflowService for task queues. */
export function queueCalls(ask: Ask, namespace: string): QueueCalls {
	const partitions = partitionsOf(ask, namespace);
	const describe = (name: string, type: TaskQueueType, isRoot: boolean) =>
		ask(async (service) => {
			const what = { taskQueue: { name, kind: 1 }, taskQueueType: QUEUE_TYPE[type], reportStats: isRoot };
			return statusFrom(await service.describeTaskQueue({ namespace, ...what }));
		});
	return {
		async queueStatus(queue, type) {
			const names = await partitions(queue, type);
			const [root, ...others] = await Promise.all(names.map((name) => describe(name, type, name === queue)));
			return { ...root!, pollers: newestOf([root!, ...others].flatMap(({ pollers }) => pollers)) };
		},
		heartbeats: (queue) =>
			ask(async (service) => {
				const query = `TaskQueue = '${quoted(queue)}'`;
				const { workersInfo } = await service.listWorkers({ namespace, query, pageSize: 100 });
				return (workersInfo ?? []).flatMap(({ workerHeartbeat }) =>
					workerHeartbeat ? [heartbeatFrom(workerHeartbeat)] : [],
				);
			}).catch((error: unknown) => {
				if (hasCode(error, "temporal_unsupported")) return [];
				throw error;
			}),
	};
}

/** Names of the partitions of a queue, asked once a queue; the queue alone where the server does not know them. */
function partitionsOf(ask: Ask, namespace: string): (queue: string, type: TaskQueueType) => Promise<string[]> {
	const listed = new Map<string, Promise<PartitionsReply>>();
	return async (queue, type) => {
		const asked =
			listed.get(queue) ??
			ask((service) => service.listTaskQueuePartitions({ namespace, taskQueue: { name: queue } })).catch(
				(error: unknown) => {
					listed.delete(queue);
					if (hasCode(error, "temporal_unsupported")) return {} as PartitionsReply;
					throw error;
				},
			);
		listed.set(queue, asked);
		return partitionsFrom(await asked, type) ?? [queue];
	};
}
