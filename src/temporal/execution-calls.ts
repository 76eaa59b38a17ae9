import { randomUUID } from "node:crypto";
import type { PayloadCodec } from "../contracts/payload-codec.ts";
import type { Ask } from "./calls.ts";
import { endFrom, stateFrom, toPayloads, type JobEnd, type JobState } from "./job-state.ts";
import { decrypted } from "./payloads.ts";

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

/** What is asked about an execution that this process starts and follows. */
export interface ExecutionCalls {
	/** Starts an execution, or joins the one that runs under this id. */
	startJob(job: JobStart): Promise<Execution>;
	/** Whether it runs, and what it waits for. */
	jobState(execution: Execution): Promise<JobState>;
	/** How an execution that no longer runs has ended. */
	jobEnd(execution: Execution): Promise<JobEnd>;
}

interface Given {
	namespace: string;
	codec: PayloadCodec;
}

/** Those of WorkflowService for executions of this process. */
export const executionCalls = (ask: Ask, { namespace, codec }: Given): ExecutionCalls => ({
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
		ask(async (service) => {
			const request = { namespace, execution: { workflowId, runId } };
			return stateFrom(await decrypted(await service.describeWorkflowExecution(request), codec));
		}),
	jobEnd: ({ workflowId, runId }) =>
		ask(async (service) => {
			const execution = { workflowId, runId };
			const request = { namespace, execution, historyEventFilterType: CLOSE_EVENT };
			const { history } = await service.getWorkflowExecutionHistory(request);
			return endFrom(await decrypted(history?.events?.at(-1), codec));
		}),
});
