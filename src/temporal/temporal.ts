import { randomUUID } from "node:crypto";
import type { TaskQueueType } from "../contracts/queues.ts";
import { hasCode } from "../errors/errors.ts";
import type { Secret } from "../secrets/secret.ts";
import type { WorkflowService } from "./calls.ts";
import { explain, withRetries } from "./grpc.ts";
import { endFrom, stateFrom, toPayloads, type JobEnd, type JobState } from "./job-state.ts";
import { decrypted, openCodec } from "./payloads.ts";
import { tlsOptions, type TemporalTls } from "./tls.ts";
import { jobCalls, quoted, type JobCalls } from "./job-calls.ts";
import {
	heartbeatFrom,
	newestOf,
	partitionsFrom,
	statusFrom,
	type Heartbeat,
	type PartitionsReply,
	type QueueStatus,
} from "./replies.ts";

const DEADLINE_MS = 3_000;
const RETENTION_SECONDS = 72 * 3600;

/** temporal.api.enums.v1.TaskQueueType */
const QUEUE_TYPE = { workflow: 1, activity: 2 } as const;
/** temporal.api.enums.v1.WorkflowIdConflictPolicy */
const USE_EXISTING = 2;
/** temporal.api.enums.v1.HistoryEventFilterType */
const CLOSE_EVENT = 2;

/** An execution to start. */
interface JobStart {
	type: string;
	workflowId: string;
	queue: string;
	/** The workflow's one argument. */
	input: unknown;
	/** Milliseconds after which the server ends it by itself; never, unless given. */
	timeoutMs?: number;
}

/** An execution that was started or joined. */
export interface Execution {
	workflowId: string;
	runId: string;
	/** False: it ran already, and was joined. */
	started: boolean;
}

/** Temporal's frontend. Each call has a deadline of 3 s. */
export interface Temporal extends JobCalls {
	readonly address: string;
	readonly namespace: string;
	/** Milliseconds by which this machine's clock is ahead of the servers'; absent: it is right. */
	ahead?: () => number;
	/** Pollers of all partitions, the latest poll first. */
	queueStatus(queue: string, type: TaskQueueType): Promise<QueueStatus>;
	/** Empty when the server does not know worker heartbeats. */
	heartbeats(queue: string): Promise<Heartbeat[]>;
	/** Makes the namespace unless it exists; true when it was made. */
	prepareNamespace(): Promise<boolean>;
	namespaceExists(): Promise<boolean>;
	/** Starts an execution, or joins the one that runs under this id. */
	startJob(job: JobStart): Promise<Execution>;
	/** Whether it runs, and what it waits for. */
	jobState(execution: Execution): Promise<JobState>;
	/** How an execution that no longer runs has ended. */
	jobEnd(execution: Execution): Promise<JobEnd>;
	close(): Promise<void>;
}

export interface TemporalOptions {
	/** `host:port` of the gRPC frontend. */
	address: string;
	namespace: string;
	/** Milliseconds that one call may take; 3,000 unless given. */
	deadlineMs?: number;
	/** Milliseconds by which this machine's clock is ahead of the servers', as far as it is known. */
	ahead?: () => number;
	/** Also turns TLS on. */
	apiKey?: Secret | undefined;
	/** Undefined: plain, unless there is an API key. Texts are PEM. */
	tls?: TemporalTls | undefined;
	/** Value of TEMPORAL_CODEC_KEYS; undefined: inputs are sent in clear, and what is encrypted is not read. */
	codecKeys?: Secret | undefined;
}

/**
 * Opens lazily: the first call connects. Calls throw UserError temporal_unreachable, temporal_namespace_missing,
 * temporal_unauthorized or temporal_failed; those that read what jobs have told also codec_key_unknown or
 * codec_key_wrong.
 * @throws UserError codec_keys_invalid (usage)
 * @see https://github.com/temporalio/api WorkflowService
 */
export async function connectTemporal(options: TemporalOptions): Promise<Temporal> {
	const { address, namespace, apiKey, tls, deadlineMs = DEADLINE_MS, ahead = () => 0 } = options;
	const codec = openCodec(options.codecKeys);
	const { Connection: Lazy } = await import("@temporalio/client");
	const connection = Lazy.lazy({
		address,
		interceptors: [],
		tls: tls || apiKey ? tlsOptions(tls) : false,
		...(apiKey ? { apiKey: apiKey.reveal() } : {}),
	});
	const ask = <T>(call: (service: WorkflowService) => Promise<T>): Promise<T> =>
		withRetries(() => connection.withDeadline(Date.now() + deadlineMs, () => call(connection.workflowService))).catch(
			(error: unknown) => {
				throw explain(error, options);
			},
		);
	const namespaceExists = () =>
		ask(async (service) => {
			await service.describeNamespace({ namespace });
			return true;
		}).catch((error: unknown) => {
			if (hasCode(error, "temporal_namespace_missing")) return false;
			throw error;
		});
	const describe = (name: string, type: TaskQueueType, isRoot: boolean) =>
		ask(async (service) => {
			const what = { taskQueue: { name, kind: 1 }, taskQueueType: QUEUE_TYPE[type], reportStats: isRoot };
			return statusFrom(await service.describeTaskQueue({ namespace, ...what }));
		});
	const listed = new Map<string, Promise<PartitionsReply>>();
	const partitions = async (queue: string, type: TaskQueueType): Promise<string[]> => {
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
	return {
		address,
		namespace,
		ahead,
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
		async startJob({ type, workflowId, queue, input, timeoutMs }) {
			const seconds = timeoutMs === undefined ? undefined : Math.ceil(timeoutMs / 1000);
			const request = {
				namespace,
				workflowId,
				workflowType: { name: type },
				taskQueue: { name: queue, kind: 1 },
				input: { payloads: await codec.encode(toPayloads(input).payloads) },
				identity: "cres",
				requestId: randomUUID(),
				workflowIdConflictPolicy: USE_EXISTING,
				...(seconds === undefined ? {} : { workflowExecutionTimeout: { seconds: seconds as never } }),
			};
			return ask(async (service) => {
				const { runId, started } = await service.startWorkflowExecution(request);
				return { workflowId, runId, started };
			});
		},
		jobState: ({ workflowId, runId }) =>
			ask(async (service) =>
				stateFrom(
					await decrypted(
						await service.describeWorkflowExecution({ namespace, execution: { workflowId, runId } }),
						codec,
					),
				),
			),
		...jobCalls(ask, { namespace, namespaceExists }),
		jobEnd: ({ workflowId, runId }) =>
			ask(async (service) => {
				const execution = { workflowId, runId };
				const request = { namespace, execution, historyEventFilterType: CLOSE_EVENT };
				const { history } = await service.getWorkflowExecutionHistory(request);
				return endFrom(await decrypted(history?.events?.at(-1), codec));
			}),
		close: () => connection.close(),
	};
}
