import type { Secret } from "../secrets/secret.ts";
import type { Ask } from "./calls.ts";
import { executionCalls, type ExecutionCalls } from "./execution-calls.ts";
import { unlessAborted } from "../system/limits.ts";
import { explain, withRetries } from "./grpc.ts";
import { jobCalls, type JobCalls } from "./job-calls.ts";
import { namespaceCalls, type NamespaceCalls } from "./namespace-calls.ts";
import { openCodec } from "./payloads.ts";
import { queueCalls, type QueueCalls } from "./queue-calls.ts";
import { tlsOptions, type TemporalTls } from "./tls.ts";

const DEADLINE_MS = 3_000;

/** Temporal's frontend. Each call has a deadline of 3 s. */
export interface Temporal extends NamespaceCalls, QueueCalls, ExecutionCalls, JobCalls {
	readonly address: string;
	readonly namespace: string;
	/** Milliseconds by which this machine's clock is ahead of the servers'; absent: it is right. */
	ahead?: () => number;
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
	/** Ends every call, with its reason. */
	signal?: AbortSignal | undefined;
}

/**
 * Opens lazily: the first call connects. Calls throw UserError temporal_unreachable, temporal_namespace_missing,
 * temporal_unauthorized or temporal_failed; those that read what jobs have told also codec_key_unknown or
 * codec_key_wrong.
 * @throws UserError codec_keys_invalid (usage)
 * @see https://github.com/temporalio/api WorkflowService
 */
export async function connectTemporal(options: TemporalOptions): Promise<Temporal> {
	const { address, namespace, apiKey, tls, signal, deadlineMs = DEADLINE_MS, ahead = () => 0 } = options;
	const codec = openCodec(options.codecKeys);
	const { Connection: Lazy } = await import("@temporalio/client");
	const connection = Lazy.lazy({
		address,
		interceptors: [],
		tls: tls || apiKey ? tlsOptions(tls) : false,
		...(apiKey ? { apiKey: apiKey.reveal() } : {}),
	});
	const once: Ask = (call) => connection.withDeadline(Date.now() + deadlineMs, () => call(connection.workflowService));
	const ask: Ask = (call) =>
		unlessAborted(
			signal,
			withRetries(() => once(call)),
		).catch((error: unknown) => {
			throw explain(error, options);
		});
	const namespaces = namespaceCalls(ask, namespace);
	return {
		...{ address, namespace, ahead },
		...namespaces,
		...queueCalls(ask, namespace),
		...executionCalls(ask, { namespace, codec }),
		...jobCalls(ask, { namespace, ...namespaces }),
		close: () => connection.close(),
	};
}
