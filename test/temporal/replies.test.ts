import { expect, it } from "vitest";
import { heartbeatFrom, newestOf, partitionsFrom, statusFrom } from "../../src/temporal/replies.ts";

it("reads a queue whose server tells nothing as one without pollers and backlog", () => {
	expect(statusFrom({} as never)).toEqual({ pollers: [], backlog: { count: 0, ageMs: 0 } });
	expect(statusFrom({ pollers: [{}] } as never).pollers).toEqual([{ identity: "", buildId: undefined, lastSeenMs: 0 }]);
	const poller = {
		identity: "a",
		deploymentOptions: { buildId: "" },
		lastAccessTime: { seconds: 2, nanos: 5_600_000 },
	};
	expect(statusFrom({ pollers: [poller] } as never).pollers).toEqual([
		{ identity: "a", buildId: undefined, lastSeenMs: 2_006 },
	]);
});

it("names no partitions where the server names none", () => {
	expect(partitionsFrom({} as never, "workflow")).toBeUndefined();
	const reply = {
		workflowTaskQueuePartitions: [{ key: "w" }, { key: "" }],
		activityTaskQueuePartitions: [{}],
	} as never;
	expect(partitionsFrom(reply, "workflow")).toEqual(["w"]);
	expect(partitionsFrom(reply, "activity")).toBeUndefined();
});

it("keeps each worker's latest poll, the latest first", () => {
	const poll = (identity: string, lastSeenMs: number) => ({ identity, buildId: undefined, lastSeenMs });
	expect(newestOf([poll("a", 1), poll("b", 5), poll("a", 9), poll("b", 2)])).toEqual([poll("a", 9), poll("b", 5)]);
});

it("takes a worker that says little for one that does not run", () => {
	expect(heartbeatFrom({})).toEqual({
		identity: "",
		buildId: undefined,
		queue: "",
		running: false,
		atMs: 0,
		slots: { used: 0, available: 0 },
	});
	expect(heartbeatFrom({ status: 2, deploymentVersion: { buildId: "" } })).toMatchObject({
		running: false,
		buildId: undefined,
	});
});
