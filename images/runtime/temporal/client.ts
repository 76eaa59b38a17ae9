import { setTimeout as delay } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import type { Probe } from "../health.ts";
import { connectionOptions, type TemporalAddress } from "./connection.ts";
import { dataConverter } from "./data-converter.ts";
import { DependencyError } from "../dependency-error.ts";

/** A call must be answered within this many milliseconds. */
const CALL_LIMIT = 5_000;
/** gRPC waits two minutes between attempts otherwise: Temporal would look down long after it is back. */
const RECONNECT = { "grpc.initial_reconnect_backoff_ms": 250, "grpc.max_reconnect_backoff_ms": 1_000 };
const TRIES = 3;
const RETRY_AFTER = 300;

/** gRPC status codes (grpc.io/docs/guides/status-codes) that are told apart. */
const GRPC = { notFound: 5, unavailable: 14 } as const;

/** An execution to start. */
export interface JobStart {
	type: string;
	workflowId: string;
	queue: string;
	/** The workflow's arguments. */
	args: unknown[];
}

/** A signal to an execution that is started for it unless it runs. */
export interface SignalStart extends JobStart {
	signal: string;
	/** The signal's argument. */
	message: unknown;
}

export interface Temporal {
	/** Whether the namespace is served. */
	check: Probe<void>;
	/** Starts an execution, or joins the one that runs under this id; gives the run's id. @throws DependencyError */
	start(job: JobStart): Promise<string>;
	/** Signals an execution, which it starts unless it runs; gives the run's id. @throws DependencyError */
	signal(job: SignalStart): Promise<string>;
	close(): Promise<void>;
}

/** A client of Temporal. The first call connects. */
export function connectTemporal(options: TemporalAddress, limit = CALL_LIMIT): Temporal {
	const client = clientOf(options);
	const { connection, workflowService } = client;
	const ask = async <T>(call: (client: Client) => Promise<T>): Promise<T> => {
		const once = () => connection.withDeadline(Date.now() + limit, () => call(client));
		return withRetries(once).catch((error: unknown) => {
			throw explain(error, options);
		});
	};
	return {
		async check(signal) {
			const describe = () => workflowService.describeNamespace({ namespace: options.namespace });
			await connection
				.withDeadline(Date.now() + limit, () => connection.withAbortSignal(signal, describe))
				.catch((error: unknown) => {
					throw explain(error, options);
				});
		},
		start: async ({ type, workflowId, queue: taskQueue, args }) => {
			const how = { workflowId, taskQueue, args, workflowIdConflictPolicy: "USE_EXISTING" } as const;
			const handle = await ask(({ workflow }) => workflow.start(type, how));
			return handle.firstExecutionRunId;
		},
		signal: async ({ type, workflowId, queue: taskQueue, args, signal, message }) => {
			const how = { workflowId, taskQueue, args, signal, signalArgs: [message] };
			const handle = await ask(({ workflow }) => workflow.signalWithStart(type, how));
			return handle.signaledRunId;
		},
		close: () => connection.close(),
	};
}

function clientOf(options: TemporalAddress): Client {
	// Without interceptors: those that come with the client hide the reason behind retries, and outlast the deadline.
	const connection = Connection.lazy({ ...connectionOptions(options), interceptors: [], channelArgs: RECONNECT });
	return new Client({ connection, namespace: options.namespace, dataConverter: dataConverter(options) });
}

/** Only UNAVAILABLE is worth another try: the call did not reach a server. */
async function withRetries<T>(call: () => Promise<T>): Promise<T> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await call();
		} catch (error) {
			if (statusOf(error).code !== GRPC.unavailable || attempt === TRIES) throw error;
			await delay(RETRY_AFTER);
		}
	}
}

interface GrpcStatus {
	code?: number;
	details?: string;
}

/** Raw calls reject with gRPC's error, the client's own wrap it. */
function statusOf(error: unknown): GrpcStatus {
	const { cause = error } = error as { cause?: unknown };
	return cause as GrpcStatus;
}

function explain(error: unknown, { address, namespace }: TemporalAddress): DependencyError {
	const { code, details } = statusOf(error);
	const reason = details || (error instanceof Error ? error.message : String(error));
	if (code === GRPC.notFound)
		return new DependencyError(`Temporal at ${address} has no namespace ${namespace}`, { cause: error });
	return new DependencyError(`Temporal at ${address} does not do it: ${reason}`, { cause: error });
}
