import { Metadata, Server, ServerCredentials, status, type ServiceDefinition } from "@grpc/grpc-js";
import proto from "@temporalio/proto";
import type { Root } from "protobufjs";
import { onTestFinished } from "vitest";

const SERVICE = "temporal.api.workflowservice.v1.WorkflowService";

/** The fields of requests that are read, as protobufjs decodes them. */
interface Request {
	namespace: string;
	workflowExecutionRetentionPeriod?: { seconds: unknown };
	workflowExecutionTimeout?: { seconds: unknown };
	taskQueue: { name: string };
	taskQueueType: number;
	reportStats?: boolean;
	query: string;
	pageSize: number;
	workflowExecution: { workflowId: string; runId: string };
	workflowId: string;
	workflowType: { name: string };
	execution: { workflowId: string; runId: string };
	historyEventFilterType: number;
}

/** A message as protobufjs takes it. */
type Message = Record<string, unknown>;

/** A worker's poll of one partition. */
export interface Poll {
	identity: string;
	buildId?: string;
	atMs: number;
}

export interface KeptExecution {
	runId: string;
	/** The request that started it. */
	request: Request;
	/** temporal.api.enums.v1.WorkflowExecutionStatus */
	status: number;
	pendingActivities: Message[];
	/** Attributes of the last event of its history. */
	end?: Message;
}

/** What the server knows. Tests change it while clients ask. */
export class TemporalWorld {
	/** Names, with the retention in seconds. */
	namespaces = new Map([["default", 0]]);
	/** Polls by `<partition> <type>`; type 1 workflow, 2 activity. */
	polls = new Map<string, Poll[]>();
	backlog = { count: 0, ageMs: 0 };
	/** Partitions of a queue; undefined: a server too old to tell. */
	partitions: Map<string, { workflow: string[]; activity: string[] }> | undefined = new Map();
	/** Heartbeats of workers; undefined: a server too old to know them. */
	workers: { taskQueue: string }[] | undefined = [];
	executions = new Map<string, KeptExecution>();
	/** gRPC statuses that the next calls end with, whatever they ask. */
	failures: (readonly [code: number, details: string])[] = [];
	/** Calls, the first one first. */
	asked: { method: string; request: Request; credential: string | undefined; deadlineMs: number }[] = [];
}

class Refused extends Error {
	readonly code: number;
	constructor(code: number, message: string) {
		super(message);
		this.code = code;
	}
}

const time = (ms: number) => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 });

const ANSWERS: Record<string, (world: TemporalWorld, request: Request) => Message> = {
	GetSystemInfo: () => ({ serverVersion: "1.30.0", capabilities: {} }),
	DescribeNamespace: ({ namespaces }, { namespace }) => {
		if (!namespaces.has(namespace)) throw new Refused(status.NOT_FOUND, `Namespace ${namespace} is not found.`);
		return {};
	},
	RegisterNamespace: ({ namespaces }, { namespace, workflowExecutionRetentionPeriod: retention }) => {
		namespaces.set(namespace, Number(retention?.seconds));
		return {};
	},
	ListTaskQueuePartitions: ({ partitions }, { taskQueue }) => {
		if (!partitions) throw new Refused(status.UNIMPLEMENTED, "unknown method");
		const of = (kind: "workflow" | "activity") =>
			(partitions.get(taskQueue.name)?.[kind] ?? []).map((key) => ({ key }));
		return { workflowTaskQueuePartitions: of("workflow"), activityTaskQueuePartitions: of("activity") };
	},
	DescribeTaskQueue: ({ polls, backlog }, { taskQueue, taskQueueType, reportStats }) => ({
		pollers: (polls.get(`${taskQueue.name} ${taskQueueType}`) ?? []).map(({ identity, buildId, atMs }) => ({
			identity,
			...(buildId === undefined ? {} : { deploymentOptions: { buildId } }),
			lastAccessTime: time(atMs),
		})),
		...(reportStats
			? { stats: { approximateBacklogCount: backlog.count, approximateBacklogAge: time(backlog.ageMs) } }
			: {}),
	}),
	ListWorkers: ({ workers }, { query }) => {
		if (!workers) throw new Refused(status.UNIMPLEMENTED, "unknown method");
		const here = workers.filter(({ taskQueue }) => query === `TaskQueue = '${taskQueue.replaceAll("'", "\\'")}'`);
		return { workersInfo: [...here.map((workerHeartbeat) => ({ workerHeartbeat })), {}] };
	},
	StartWorkflowExecution: ({ executions }, request) => {
		const running = executions.get(request.workflowId);
		if (running?.status === 1) return { runId: running.runId, started: false };
		const runId = `run-${executions.size + 1}`;
		executions.set(request.workflowId, { runId, request, status: 1, pendingActivities: [] });
		return { runId, started: true };
	},
	DescribeWorkflowExecution: (world, request) => {
		const found = executionOf(world, request);
		return { workflowExecutionInfo: infoOf(found), pendingActivities: found.pendingActivities };
	},
	ListWorkflowExecutions: ({ executions }, { query, pageSize }) => {
		const [, queue, running] = /^TaskQueue = '(.*?)'( AND ExecutionStatus = 'Running')?$/.exec(query)!;
		const found = [...executions.values()].filter(
			({ request, status: now }) => request.taskQueue.name === queue && (!running || now === 1),
		);
		return {
			executions: found.slice(0, pageSize).map(infoOf),
			...(found.length > pageSize ? { nextPageToken: Buffer.from("more") } : {}),
		};
	},
	RequestCancelWorkflowExecution: (world, { workflowExecution }) => {
		executionOf(world, { execution: workflowExecution }).status = 4;
		return {};
	},
	GetWorkflowExecutionHistory: (world, request) => {
		const first = { eventId: 1, workflowExecutionStartedEventAttributes: {} };
		const last = { eventId: 2, ...executionOf(world, request).end };
		return { history: { events: request.historyEventFilterType === 2 ? [last] : [last, first] } };
	},
};

const infoOf = ({ request, runId, status: now }: KeptExecution): Message => ({
	execution: { workflowId: request.workflowId, runId },
	type: request.workflowType,
	status: now,
	startTime: time(1_000),
	...(now === 1 ? {} : { closeTime: time(3_500) }),
});

function executionOf(
	{ executions }: TemporalWorld,
	{ execution: { workflowId, runId } }: Pick<Request, "execution">,
): KeptExecution {
	const found = executions.get(workflowId);
	if (!found || (runId && found.runId !== runId))
		throw new Refused(status.NOT_FOUND, `no execution ${workflowId} ${runId}`);
	return found;
}

/** Temporal's frontend on a free port of 127.0.0.1, without TLS, until the test ends. */
export async function loopbackTemporal(): Promise<{ world: TemporalWorld; address: string }> {
	const world = new TemporalWorld();
	const server = new Server();
	const definition: Record<string, unknown> = {};
	const handlers: Record<string, unknown> = {};
	for (const method of (proto as unknown as Root).lookupService(SERVICE).methodsArray) {
		method.resolve();
		const { name, resolvedRequestType: request, resolvedResponseType: response } = method;
		if (!request || !response) continue;
		definition[name] = {
			path: `/${SERVICE}/${name}`,
			requestStream: false,
			responseStream: false,
			requestDeserialize: (bytes: Uint8Array) => request.toObject(request.decode(bytes)),
			responseSerialize: (value: object) => Buffer.from(response.encode(response.fromObject(value)).finish()),
		};
		handlers[name] = handlerOf(world, name);
	}
	server.addService(definition as ServiceDefinition, handlers as never);
	const port = await new Promise<number>((resolve, reject) =>
		server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
			error ? reject(error) : resolve(bound),
		),
	);
	onTestFinished(() => server.forceShutdown());
	return { world, address: `127.0.0.1:${port}` };
}

interface GrpcCall {
	request: Request;
	metadata: Metadata;
	getDeadline(): Date | number;
}

/** Answers from the world, or as its next failure says. */
const handlerOf =
	(world: TemporalWorld, method: string) =>
	(call: GrpcCall, done: (error: object | null, reply?: object) => void): void => {
		const { request, metadata } = call;
		const credential = metadata.get("authorization")[0]?.toString();
		world.asked.push({ method, request, credential, deadlineMs: Number(call.getDeadline()) });
		const failure = world.failures.shift();
		if (failure) return done({ code: failure[0], details: failure[1] });
		try {
			done(null, ANSWERS[method]!(world, request));
		} catch (error) {
			const { code, message } = error as Refused;
			done({ code, details: message });
		}
	};
