import { expect, it } from "vitest";
import { endFrom, failureFrom, fromPayloads, stateFrom, toPayloads } from "../../src/temporal/job-state.ts";

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

it("reads how an execution ended", () => {
	const result = toPayloads([1]);
	expect(endFrom({ workflowExecutionCompletedEventAttributes: { result } })).toEqual({ result: [1] });
	expect(endFrom({ workflowExecutionFailedEventAttributes: { failure: activityFailure } })).toMatchObject({
		failure: { type: "VideoNotFound" },
	});
	expect(endFrom({ workflowExecutionTerminatedEventAttributes: { reason: "by hand" } })).toMatchObject({
		failure: { type: "Terminated", message: "by hand" },
	});
	expect(endFrom({ workflowExecutionCanceledEventAttributes: {} })).toMatchObject({ failure: { type: "Cancelled" } });
	expect(endFrom(undefined)).toMatchObject({ failure: { type: "Unknown" } });
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
