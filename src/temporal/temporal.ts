import type { Connection } from "@temporalio/client";
import type { TaskQueueType } from "../contracts/queues.ts";
import { UserError, messageOf } from "../errors.ts";
import type { Secret } from "../secrets/secret.ts";

const DEADLINE_MS = 3_000;
const TRIES = 3;
const RETRY_MS = 150;
const RETENTION_SECONDS = 72 * 3600;

/** gRPC status codes (grpc.io/docs/guides/status-codes) that cres tells apart. */
const GRPC = {
	deadline: 4,
	notFound: 5,
	alreadyExists: 6,
	denied: 7,
	unimplemented: 12,
	unavailable: 14,
	unauthenticated: 16,
} as const;
/** temporal.api.enums.v1.TaskQueueType */
const QUEUE_TYPE = { workflow: 1, activity: 2 } as const;
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

/** A finished or running execution, as far as `cres run` follows it. */
export interface Execution {
	workflowId: string;
	runId: string;
	/** False: it ran already, and was joined. */
	started: boolean;
}

/** Temporal's frontend. Each call has a deadline of 3 s. */
export interface Temporal {
	readonly address: string;
	readonly namespace: string;
	queueStatus(queue: string, type: TaskQueueType): Promise<QueueStatus>;
	/** Empty when the server does not know worker heartbeats. */
	heartbeats(queue: string): Promise<Heartbeat[]>;
	/** Makes the namespace unless it exists; true when it was made. */
	prepareNamespace(): Promise<boolean>;
	namespaceExists(): Promise<boolean>;
	/** The raw connection, for starting and following workflows. */
	connection(): Promise<Connection>;
	close(): Promise<void>;
}

export interface TemporalOptions {
	/** `host:port` of the gRPC frontend. */
	address: string;
	namespace: string;
	/** Also turns TLS on. */
	apiKey?: Secret;
}

/**
 * Opens lazily: the first call connects. Calls throw UserError temporal_unreachable, temporal_namespace_missing,
 * temporal_unauthorized or temporal_failed.
 * @see https://github.com/temporalio/api WorkflowService: DescribeTaskQueue, ListWorkers, DescribeNamespace, RegisterNamespace
 */
export async function connectTemporal(options: TemporalOptions): Promise<Temporal> {
	const { address, namespace, apiKey } = options;
	const { Connection: Lazy } = await import("@temporalio/client");
	const connection = Lazy.lazy({
		address,
		interceptors: [],
		...(apiKey ? { apiKey: apiKey.reveal() } : { tls: false }),
	});
	const ask = <T>(call: (service: Connection["workflowService"]) => Promise<T>): Promise<T> =>
		withRetries(() => connection.withDeadline(Date.now() + DEADLINE_MS, () => call(connection.workflowService))).catch(
			(error: unknown) => {
				throw explain(error, options);
			},
		);
	const namespaceExists = () =>
		ask(async (service) => {
			await service.describeNamespace({ namespace });
			return true;
		}).catch((error: unknown) => {
			if (error instanceof UserError && error.code === "temporal_namespace_missing") return false;
			throw error;
		});
	return {
		address,
		namespace,
		queueStatus: (queue, type) =>
			ask(async (service) => {
				const taskQueue = { name: queue, kind: 1 };
				return statusFrom(
					await service.describeTaskQueue({ namespace, taskQueue, taskQueueType: QUEUE_TYPE[type], reportStats: true }),
				);
			}),
		heartbeats: (queue) =>
			ask(async (service) => {
				const query = `TaskQueue = '${queue.replaceAll("'", "\\'")}'`;
				const { workersInfo } = await service.listWorkers({ namespace, query, pageSize: 100 });
				return (workersInfo ?? []).flatMap(({ workerHeartbeat }) =>
					workerHeartbeat ? [heartbeatFrom(workerHeartbeat)] : [],
				);
			}).catch((error: unknown) => {
				if (error instanceof UserError && error.code === "temporal_unsupported") return [];
				throw error;
			}),
		namespaceExists,
		async prepareNamespace() {
			if (await namespaceExists()) return false;
			await ask((service) =>
				service.registerNamespace({
					namespace,
					workflowExecutionRetentionPeriod: { seconds: RETENTION_SECONDS as never },
				}),
			);
			return true;
		},
		connection: async () => {
			await ask((service) => service.getSystemInfo({}));
			return connection;
		},
		close: () => connection.close(),
	};
}

type Service = Connection["workflowService"];
type QueueReply = Awaited<ReturnType<Service["describeTaskQueue"]>>;
type WorkersReply = Awaited<ReturnType<Service["listWorkers"]>>;
type HeartbeatReply = NonNullable<NonNullable<WorkersReply["workersInfo"]>[number]["workerHeartbeat"]>;

const statusFrom = ({ pollers, stats }: QueueReply): QueueStatus => ({
	pollers: (pollers ?? []).map((poller) => ({
		identity: poller.identity ?? "",
		buildId: poller.deploymentOptions?.buildId || undefined,
		lastSeenMs: milliseconds(poller.lastAccessTime),
	})),
	backlog: { count: Number(stats?.approximateBacklogCount ?? 0), ageMs: milliseconds(stats?.approximateBacklogAge) },
});

const heartbeatFrom = (beat: HeartbeatReply): Heartbeat => ({
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
const milliseconds = (time: { seconds?: unknown; nanos?: number | null } | null | undefined): number =>
	Number(time?.seconds ?? 0) * 1000 + Math.round((time?.nanos ?? 0) / 1e6);

/** Only UNAVAILABLE is worth another try: the call did not reach a server. */
async function withRetries<T>(call: () => Promise<T>): Promise<T> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await call();
		} catch (error) {
			if (grpcCode(error) !== GRPC.unavailable || attempt === TRIES) throw error;
			await new Promise((resolve) => setTimeout(resolve, attempt * RETRY_MS));
		}
	}
}

const grpcCode = (error: unknown): number | undefined => {
	const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
	return typeof code === "number" ? code : typeof cause?.code === "number" ? cause.code : undefined;
};

function explain(error: unknown, { address, namespace }: TemporalOptions): unknown {
	const code = grpcCode(error);
	if (code === undefined) return error;
	const detail = (error as { details?: string }).details ?? messageOf(error);
	switch (code) {
		case GRPC.unavailable:
		case GRPC.deadline:
			return new UserError("temporal_unreachable", `Temporal at ${address} does not answer (${detail})`, {
				hint: "check temporal.address in cres.yaml and that the server runs, then cres doctor",
				cause: error,
			});
		case GRPC.notFound:
			return new UserError("temporal_namespace_missing", `Temporal at ${address} has no namespace ${namespace}`, {
				hint: "cres control prepare",
				cause: error,
			});
		case GRPC.denied:
		case GRPC.unauthenticated:
			return new UserError("temporal_unauthorized", `Temporal at ${address} refuses the credential`, {
				hint: "put a valid TEMPORAL_API_KEY into .env",
				cause: error,
			});
		case GRPC.unimplemented:
			return new UserError("temporal_unsupported", `Temporal at ${address} is too old for this (${detail})`, {
				hint: "use a server of 1.30 or newer",
				cause: error,
			});
		default:
			return new UserError("temporal_failed", `Temporal at ${address} answers: ${detail}`, {
				hint: "cres doctor",
				cause: error,
			});
	}
}
