import { expect, it } from "vitest";
import {
	endFrom,
	failureFrom,
	fromPayloads,
	stateFrom,
	toPayloads,
	type Failure,
} from "../../src/temporal/job-state.ts";

const activityFailure = {
	message: "Activity task failed",
	activityFailureInfo: { identity: "cpu@cpu-1/0123456789ab-89abcdef" },
	cause: {
		message: "the video is gone",
		applicationFailureInfo: { type: "VideoNotFound" },
		cause: { message: "HTTP 404", applicationFailureInfo: { type: "" } },
	},
};

it("brings a value through a payload", () => {
	expect(fromPayloads(toPayloads({ url: "ü" }))).toEqual({ url: "ü" });
	expect(fromPayloads(undefined)).toBeUndefined();
	expect(fromPayloads({ payloads: [{ metadata: { encoding: Buffer.from("binary/null") } }] })).toBeUndefined();
	const data = Buffer.from("1");
	const payload = (...encoding: Buffer[]) => ({ payloads: [{ metadata: { encoding: encoding[0]! }, data }] });
	expect(fromPayloads(payload(Buffer.from("json/plain")))).toBe(1);
	expect(fromPayloads(payload(Buffer.from("binary/encrypted")))).toBeUndefined();
	expect(fromPayloads(payload())).toBeUndefined();
	expect(fromPayloads({ payloads: [{ data }] })).toBeUndefined();
	const metadata = { encoding: Buffer.from("json/plain") };
	expect(fromPayloads({ payloads: [{ metadata, data: Buffer.of() }] })).toBeUndefined();
	expect(fromPayloads({ payloads: [{ metadata }] })).toBeUndefined();
	expect(fromPayloads({})).toBeUndefined();
	expect(fromPayloads({ payloads: [{ metadata, data: Buffer.from("x") }] })).toBeUndefined();
});

it("finds the failure that carries a type, and the worker it happened on", () => {
	expect(failureFrom(activityFailure)).toEqual({
		type: "VideoNotFound",
		message: "the video is gone",
		worker: "cpu@cpu-1/0123456789ab-89abcdef",
	});
	expect(failureFrom({ message: "a", cause: { message: "no heartbeat", timeoutFailureInfo: {} } })).toEqual({
		type: "Timeout",
		message: "no heartbeat",
		worker: undefined,
	});
});

it.each(["json/plain", "binary/plain"])("refuses a result of %s that is not JSON", (encoding) => {
	const result = { payloads: [{ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from("x") }] };
	expect(() => endFrom({ workflowExecutionCompletedEventAttributes: { result } })).toThrow(
		expect.objectContaining({
			code: "job_result_invalid",
			message: `the job ended, but its result is not JSON (encoding "${encoding}", 1 B)`,
		}),
	);
});

it("reads a result of nothing", () => {
	const result = { payloads: [{ metadata: { encoding: Buffer.from("binary/null") } }] };
	expect(endFrom({ workflowExecutionCompletedEventAttributes: { result } })).toEqual({ result: undefined });
});

it("reads how an execution ended", () => {
	const result = toPayloads([1]);
	expect(endFrom({ workflowExecutionCompletedEventAttributes: { result } })).toEqual({ result: [1] });
	expect(endFrom({ workflowExecutionFailedEventAttributes: { failure: activityFailure } })).toMatchObject({
		failure: { type: "VideoNotFound" },
	});
	expect(endFrom({ workflowExecutionTerminatedEventAttributes: { reason: "by hand" } })).toMatchObject({
		failure: { type: "Terminated", message: "by hand" },
	});
	for (const reason of [undefined, "", null])
		expect(endFrom({ workflowExecutionTerminatedEventAttributes: { reason } })).toMatchObject({
			failure: { type: "Terminated", message: "somebody terminated it" },
		});
	expect(endFrom({ workflowExecutionCanceledEventAttributes: {} })).toEqual({
		failure: { type: "Cancelled", message: "somebody cancelled it", worker: undefined },
	});
	expect(endFrom({ workflowExecutionTimedOutEventAttributes: {} })).toMatchObject({
		failure: { type: "TimedOut", message: "it ran longer than it may" },
	});
	for (const event of [undefined, {}, { workflowExecutionFailedEventAttributes: {} }])
		expect(endFrom(event)).toMatchObject({
			failure: { type: "Unknown", message: "its history does not say how it ended" },
		});
});

it("gives a failure without a type the name of what it is", () => {
	const typeOf = (failure: Failure) => failureFrom(failure).type;
	expect(typeOf({ timeoutFailureInfo: {} })).toBe("Timeout");
	expect(typeOf({ canceledFailureInfo: {} })).toBe("Cancelled");
	expect(typeOf({ terminatedFailureInfo: {} })).toBe("Terminated");
	expect(typeOf({ applicationFailureInfo: { type: "" } })).toBe("Failure");
	expect(failureFrom({ activityFailureInfo: { identity: "" } })).toEqual({
		type: "Failure",
		message: "",
		worker: undefined,
	});
});

it("reads an execution that tells nothing as one that does not run", () => {
	expect(stateFrom({})).toEqual({ type: "", running: false, pending: [] });
	expect(stateFrom({ workflowExecutionInfo: { status: 2 }, pendingActivities: [{}] })).toEqual({
		type: "",
		running: false,
		pending: [{ type: "", attempt: 1, maximumAttempts: 0, heartbeat: undefined, lastFailure: undefined }],
	});
	expect(stateFrom({ pendingActivities: [{ maximumAttempts: 3 }] }).pending[0]!.maximumAttempts).toBe(3);
});

it("reads what a running execution waits for", () => {
	const heartbeat = { stage: "download", seconds: 9, bytes: 4_500_000 };
	const described = {
		workflowExecutionInfo: { type: { name: "VideoProcessingWorkflow" }, status: 1 },
		pendingActivities: [
			{
				activityType: { name: "download_video" },
				attempt: 2,
				heartbeatDetails: toPayloads(heartbeat),
				lastFailure: activityFailure,
			},
		],
	};
	expect(stateFrom(described)).toEqual({
		type: "VideoProcessingWorkflow",
		running: true,
		pending: [
			{
				type: "download_video",
				attempt: 2,
				maximumAttempts: 0,
				heartbeat,
				lastFailure: expect.objectContaining({ type: "VideoNotFound" }),
			},
		],
	});
});
