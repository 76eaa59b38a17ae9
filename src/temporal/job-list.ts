import { UserError } from "../errors/errors.ts";
import { ago, seconds, table } from "../system/text.ts";
import type { ListedJob } from "./listed-job.ts";
import type { Temporal } from "./temporal.ts";

/** What `cres job list` returns under --json. */
export interface JobList {
	jobs: ListedJob[];
	/** There are more than were asked for. */
	more: boolean;
}

/** @param now milliseconds since the epoch @param columns of the screen */
export function renderJobs({ jobs, more }: JobList, now: number, columns?: number): string {
	if (jobs.length === 0) return "no job; to start one: cres run video --input ADDRESS";
	const rows = jobs.map(({ workflowId, workflow, status, startedAt, closedAt }) => {
		const started = Date.parse(startedAt);
		const end = closedAt === null ? now : Date.parse(closedAt);
		return [workflowId, workflow, status, ago(now - started), seconds(Math.max(0, end - started))];
	});
	return [
		table(["JOB", "WORKFLOW", "STATUS", "STARTED", "TOOK"], rows, { columns, drop: ["TOOK"] }),
		...(more ? ["there are more: add --limit"] : []),
	].join("\n");
}

/** What `cres job cancel` returns under --json. */
export interface Cancelled {
	workflowId: string;
	runId: string;
	workflow: string;
	/** The workflow is asked to end; it may clean up first. */
	requested: true;
}

/** Asks the running execution of an id to end. @throws UserError job_unknown (usage), job_ended */
export async function cancelJob(temporal: Temporal, workflowId: string): Promise<Cancelled> {
	const job = await temporal.findJob(workflowId);
	if (!job)
		throw new UserError("job_unknown", `no job is called ${workflowId}`, {
			hint: "cres job list --all shows their ids",
		});
	if (job.status !== "running")
		throw new UserError("job_ended", `${workflowId} is ${job.status}: there is nothing to cancel`, {
			hint: "cres job list shows what runs",
		});
	await temporal.cancelJob(job);
	return { workflowId, runId: job.runId, workflow: job.workflow, requested: true };
}
