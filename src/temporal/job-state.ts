import type { Payload } from "../contracts/payload-codec.ts";
import { UserError } from "../errors/errors.ts";
import { jsonOf } from "../system/json.ts";
import { bytes } from "../system/text.ts";

type Maybe<T> = T | null | undefined;

/** The parts that are read of temporal.api.common.v1.Payloads … */
export interface Payloads {
	payloads?: Maybe<Payload[]>;
}

/** … of temporal.api.failure.v1.Failure … */
export interface Failure {
	message?: Maybe<string>;
	/** Message and stack, where the message says only that they are encoded. */
	encodedAttributes?: Maybe<Payload>;
	cause?: Maybe<Failure>;
	applicationFailureInfo?: Maybe<{ type?: Maybe<string> }>;
	activityFailureInfo?: Maybe<{ identity?: Maybe<string> }>;
	timeoutFailureInfo?: Maybe<object>;
	canceledFailureInfo?: Maybe<object>;
	terminatedFailureInfo?: Maybe<object>;
}

/** … of temporal.api.history.v1.HistoryEvent … */
export interface ClosingEvent {
	workflowExecutionCompletedEventAttributes?: Maybe<{ result?: Maybe<Payloads> }>;
	workflowExecutionFailedEventAttributes?: Maybe<{ failure?: Maybe<Failure> }>;
	workflowExecutionTerminatedEventAttributes?: Maybe<{ reason?: Maybe<string> }>;
	workflowExecutionCanceledEventAttributes?: Maybe<object>;
	workflowExecutionTimedOutEventAttributes?: Maybe<object>;
}

/** … and of the reply to DescribeWorkflowExecution. */
export interface DescribedExecution {
	workflowExecutionInfo?: Maybe<{ type?: Maybe<{ name?: Maybe<string> }>; status?: unknown }>;
	pendingActivities?: Maybe<
		{
			activityType?: Maybe<{ name?: Maybe<string> }>;
			attempt?: Maybe<number>;
			maximumAttempts?: Maybe<number>;
			heartbeatDetails?: Maybe<Payloads>;
			lastFailure?: Maybe<Failure>;
		}[]
	>;
}

/** temporal.api.enums.v1.WorkflowExecutionStatus */
const RUNNING = 1;

/** What went wrong, from the deepest failure that carries a type of its own. */
export interface JobFailure {
	type: string;
	message: string;
	/** Identity of the worker it happened on. */
	worker: string | undefined;
}

/** An activity that is not done. */
export interface PendingActivity {
	type: string;
	/** Counted from 1. */
	attempt: number;
	/** 0: without limit. */
	maximumAttempts: number;
	/** Details of the last heartbeat, as the activity sent them. */
	heartbeat: unknown;
	/** Why the attempt before ended. */
	lastFailure: JobFailure | undefined;
}

export interface JobState {
	type: string;
	running: boolean;
	pending: PendingActivity[];
}

export type JobEnd = { result: unknown } | { failure: JobFailure };

/** A JSON payload (encoding json/plain), as the SDKs write it. */
export const toPayloads = (value: unknown) => ({
	payloads: [{ metadata: { encoding: Buffer.from("json/plain") }, data: Buffer.from(JSON.stringify(value)) }],
});

/** The first payload; undefined where it holds nothing or no JSON. */
export function fromPayloads(payloads: Maybe<Payloads>): unknown {
	const [first] = payloads?.payloads ?? [];
	if (!first?.data?.length || encodingOf(first) !== "json/plain") return undefined;
	return jsonOf(first.data);
}

const encodingOf = ({ metadata }: Payload): string => Buffer.from(metadata?.["encoding"] ?? []).toString();

/** What a job returned; undefined: nothing. @throws UserError job_result_invalid */
function resultFrom(payloads: Maybe<Payloads>): unknown {
	const result = fromPayloads(payloads);
	const [first] = payloads?.payloads ?? [];
	if (result !== undefined || !first?.data?.length) return result;
	throw new UserError(
		"job_result_invalid",
		`the job ended, but its result is not JSON (encoding ${JSON.stringify(encodingOf(first))}, ${bytes(first.data.length)})`,
		{ hint: "look at the workers that answer for it: cres pollers" },
	);
}

/** From DescribeWorkflowExecution (temporal.api.workflowservice.v1). */
export const stateFrom = ({ workflowExecutionInfo: info, pendingActivities }: DescribedExecution): JobState => ({
	type: info?.type?.name ?? "",
	running: Number(info?.status) === RUNNING,
	pending: (pendingActivities ?? []).map((activity) => ({
		type: activity.activityType?.name ?? "",
		attempt: activity.attempt ?? 1,
		maximumAttempts: activity.maximumAttempts ?? 0,
		heartbeat: fromPayloads(activity.heartbeatDetails),
		lastFailure: activity.lastFailure ? failureFrom(activity.lastFailure) : undefined,
	})),
});

/** How an execution ended, by its last event. @throws UserError job_result_invalid */
export function endFrom(event: ClosingEvent | undefined): JobEnd {
	const completed = event?.workflowExecutionCompletedEventAttributes;
	if (completed) return { result: resultFrom(completed.result) };
	const failed = event?.workflowExecutionFailedEventAttributes?.failure;
	if (failed) return { failure: failureFrom(failed) };
	const terminated = event?.workflowExecutionTerminatedEventAttributes;
	if (terminated) return ended("Terminated", terminated.reason || "somebody terminated it");
	if (event?.workflowExecutionCanceledEventAttributes) return ended("Cancelled", "somebody cancelled it");
	if (event?.workflowExecutionTimedOutEventAttributes) return ended("TimedOut", "it ran longer than it may");
	return ended("Unknown", "its history does not say how it ended");
}

const ended = (type: string, message: string): JobEnd => ({ failure: { type, message, worker: undefined } });

/** Walks the chain of causes: an activity's failure wraps the one that its code threw. */
export function failureFrom(failure: Failure): JobFailure {
	const chain: Failure[] = [];
	for (let one: Maybe<Failure> = failure; one; one = one.cause) chain.push(one);
	const told = chain.findLast(({ applicationFailureInfo }) => applicationFailureInfo?.type) ?? chain.at(-1)!;
	const identity = chain.find(({ activityFailureInfo }) => activityFailureInfo)?.activityFailureInfo?.identity;
	return { type: typeOf(told), message: messageOf(told), worker: identity || undefined };
}

function messageOf({ message, encodedAttributes }: Failure): string {
	const encoded = encodedAttributes ? fromPayloads({ payloads: [encodedAttributes] }) : undefined;
	const { message: told } = (encoded ?? {}) as { message?: unknown };
	return typeof told === "string" ? told : (message ?? "");
}

function typeOf(failure: Failure): string {
	if (failure.applicationFailureInfo?.type) return failure.applicationFailureInfo.type;
	if (failure.timeoutFailureInfo) return "Timeout";
	if (failure.canceledFailureInfo) return "Cancelled";
	return failure.terminatedFailureInfo ? "Terminated" : "Failure";
}
