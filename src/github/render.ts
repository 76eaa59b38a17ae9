import { seconds, table, wrap } from "../system/text.ts";
import { whereItIs } from "./await-run.ts";
import type { CommitRun } from "./commit-run.ts";
import type { Job } from "./schemas.ts";

/** The run in a line, its jobs and their steps, its images, and what failed with the page to look at. */
export function renderCommitRun(seen: CommitRun, nowMs: number, columns: number): string {
	const { run, jobs, failing, images, commit, workflow, repository } = seen;
	const of = `${workflow} for commit ${commit.slice(0, 12)}`;
	if (!run)
		return `✖ ${repository} has no run of ${of}\n  → git push, or gh workflow run ${workflow}; then cres ci status ${commit.slice(0, 12)}`;
	const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : "";
	const began = [run.event, ...(run.branch === null ? [] : [run.branch])].join(", ");
	const rows = jobs.flatMap(rowsOf);
	return [
		...wrap(`run ${run.number}${attempt} of ${of} (${began}): ${stateOf(seen, nowMs)}`, columns),
		`  ${run.url}`,
		...(rows.length > 0 ? [table(["JOB", "STEP", "RESULT", "TIME", "PAGE"], rows, { columns, drop: ["PAGE"] })] : []),
		...images.map(({ flavour, digest }) => `image ${flavour}: ${digest}`),
		...(seen.verdict === "success" && images.length === 0 ? ["no image was recorded: cres ci record"] : []),
		...(failing ? [`✖ ${failing.job}${failing.step === null ? "" : `: ${failing.step}`} (${failing.conclusion})`] : []),
		...(failing ? [`  → ${failing.url}`] : []),
		...(seen.verdict === "success" && images.length > 0
			? [`  → cres deploy INSTANCE --commit ${commit.slice(0, 12)}`]
			: []),
	].join("\n");
}

function stateOf(seen: CommitRun, nowMs: number): string {
	const { run, verdict } = seen;
	if (verdict === "running") return `running, ${whereItIs(seen, nowMs)}`;
	return `${run!.conclusion} after ${seconds(Date.parse(run!.updatedAt) - Date.parse(run!.startedAt))}`;
}

const rowsOf = (job: Job): string[][] => [
	[job.name, "", job.conclusion ?? job.status, time(job.durationMs), job.url ?? ""],
	...job.steps.map((step) => ["", step.name, step.conclusion ?? step.status, time(step.durationMs), ""]),
];

const time = (ms: number | null): string => (ms === null ? "-" : seconds(ms));
