import { describe, expect, it, onTestFinished } from "vitest";
import { cancelJob, renderJobs } from "../../src/temporal/job-list.ts";
import type { ListedJob } from "../../src/temporal/listed-job.ts";
import { connectTemporal } from "../../src/temporal/temporal.ts";
import { loopbackTemporal } from "./loopback-temporal.ts";

async function open(namespace = "default") {
	const { world, address } = await loopbackTemporal();
	const temporal = await connectTemporal({ address, namespace });
	onTestFinished(() => temporal.close());
	const start = (workflowId: string, queue = "v@cpu") =>
		temporal.startJob({ type: "VideoProcessingWorkflow", workflowId, queue, input: {} });
	return { world, temporal, start };
}
const job: ListedJob = {
	...{ workflowId: "talk", runId: "run-1", workflow: "VideoProcessingWorkflow", status: "running" },
	...{ startedAt: "1970-01-01T00:00:01.000Z", closedAt: null },
};

describe("jobs", () => {
	it("are those of the queue that run, or all, up to a limit", async () => {
		const { world, temporal, start } = await open();
		await start("talk");
		await start("done");
		await start("elsewhere", "other@cpu");
		world.executions.get("done")!.status = 3;
		expect(await temporal.listJobs("v@cpu", { running: true, limit: 5 })).toEqual({ jobs: [job], more: false });
		const { jobs } = await temporal.listJobs("v@cpu", { running: false, limit: 5 });
		expect(jobs.map(({ workflowId, status, closedAt }) => [workflowId, status, closedAt])).toEqual([
			["talk", "running", null],
			["done", "failed", "1970-01-01T00:00:03.500Z"],
		]);
		expect(await temporal.listJobs("v@cpu", { running: false, limit: 1 })).toMatchObject({ more: true });
	});

	it("are asked to end, by their id, while they run", async () => {
		const { world, temporal, start } = await open();
		await start("talk");
		expect(await cancelJob(temporal, "talk")).toEqual({
			...{ workflowId: "talk", runId: "run-1", workflow: "VideoProcessingWorkflow", requested: true },
		});
		expect(world.asked.at(-1)!.request).toMatchObject({ workflowExecution: { workflowId: "talk", runId: "run-1" } });
		await expect(cancelJob(temporal, "talk")).rejects.toMatchObject({ code: "job_ended" });
		await expect(cancelJob(temporal, "nothing")).rejects.toMatchObject({ code: "job_unknown" });
	});

	it("of a namespace that is not there are no unknown jobs", async () => {
		const { temporal } = await open("nowhere");
		await expect(cancelJob(temporal, "talk")).rejects.toMatchObject({ code: "temporal_namespace_missing" });
	});

	it("are a table of at most 80 columns", () => {
		const long = {
			...job,
			workflowId: "batch-a-rather-long-query-of-many-words-0123456789ab",
			closedAt: "1970-01-01T00:00:03.500Z",
		};
		const screen = renderJobs({ jobs: [job, { ...long, status: "failed" }], more: true }, 61_000);
		expect(screen).toMatchInlineSnapshot(`
			"JOB                                   WORKFLOW                 STATUS   STARTED
			talk                                  VideoProcessingWorkflow  running  60 s ago
			batch-a-rather-long-query-of-many-    VideoProcessingWorkflow  failed   60 s ago
			words-0123456789ab
			there are more: add --limit"
		`);
		expect(Math.max(...screen.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
		expect(renderJobs({ jobs: [], more: false }, 0)).toBe("no job; to start one: cres run video --input ADDRESS");
	});
});
