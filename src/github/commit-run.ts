import { FLAVOURS } from "../contracts/build-info.ts";
import { isDigest, type Digest } from "../registry/image-reference.ts";
import type { GitHub } from "./client.ts";
import type { CommitStatus, Job, Run } from "./schemas.ts";

/** `none`: no run of the workflow for that commit that counts. */
type Verdict = "success" | "running" | "failed" | "none";

/** What went wrong first in a run. */
interface Failing {
	job: string;
	/** Null: no step of the job was begun. */
	step: string | null;
	conclusion: string;
	/** Page of that step. */
	url: string;
}

/** An image that a run has recorded. */
interface RecordedImage {
	flavour: string;
	digest: Digest;
}

/** The run that counts for a commit, as it stands now. Same as `cres ci status --json`. */
export interface CommitRun {
	/** All 40 digits. */
	commit: string;
	/** `owner/name` */
	repository: string;
	/** File of the workflow. */
	workflow: string;
	verdict: Verdict;
	run: Run | null;
	jobs: Job[];
	failing: Failing | null;
	/** Images that this very run has recorded. */
	images: RecordedImage[];
}

/**
 * Events whose runs build what may be deployed: somebody with write access began them. The runs of pull requests, which a
 * fork's commits have too, are none of them.
 */
const EVENTS = ["push", "workflow_dispatch", "repository_dispatch", "schedule", "release"];

/** Commit statuses that hold the digest of an image. */
export const statusContext = (flavour: string): string => `cres/image/${flavour}`;

/** Whether a run is of the repository itself, and not of a fork or a pull request. */
export const counts = (run: Pick<Run, "event" | "from">, repository: string): boolean =>
	EVENTS.includes(run.event) && run.from?.toLowerCase() === repository.toLowerCase();

/** The newest run of the workflow for a commit in its newest attempt, its jobs, and what it has recorded. */
export async function lookAtCommit(github: GitHub, workflow: string, commit: string): Promise<CommitRun> {
	const { repository } = github;
	const runs = (await github.runs(workflow, commit)) ?? [];
	const [run] = runs
		.filter((one) => one.sha === commit && counts(one, repository))
		.toSorted((a, b) => b.number - a.number);
	const none = { ...{ commit, repository, workflow }, run: null, jobs: [], failing: null, images: [] };
	if (!run) return { ...none, verdict: "none" };
	const [jobs, statuses] = await Promise.all([github.jobs(run.id), github.statuses(commit)]);
	const verdict = verdictOf(run);
	const failing = verdict === "failed" ? failingOf(run, jobs) : null;
	return { ...none, verdict, run, jobs, failing, images: recordedBy(run, statuses) };
}

function verdictOf({ status, conclusion }: Pick<Run, "status" | "conclusion">): Verdict {
	if (status !== "completed") return "running";
	return conclusion === "success" ? "success" : "failed";
}

const BAD = ["failure", "timed_out", "startup_failure", "action_required", "cancelled", "stale"];
const isBad = ({ conclusion }: { conclusion: string | null }): boolean =>
	conclusion !== null && BAD.includes(conclusion);

/** The first job that failed, else the first one that was cancelled, and its step. */
function failingOf(run: Pick<Run, "conclusion" | "url">, jobs: readonly Job[]): Failing {
	const bad = jobs.filter(isBad).toSorted((a, b) => rank(a) - rank(b));
	const [job] = bad;
	const conclusion = job?.conclusion ?? run.conclusion ?? "unknown";
	if (!job) return { job: "the run", step: null, conclusion, url: run.url };
	const step = job.steps.find(isBad);
	const page = job.url ?? run.url;
	return { job: job.name, step: step?.name ?? null, conclusion, url: step ? `${page}#step:${step.number}:1` : page };
}

const rank = ({ conclusion }: Pick<Job, "conclusion">): number => (conclusion === "cancelled" ? 1 : 0);

/** The newest status of each flavour that this run has written; another run's say nothing of this one's smoke test. */
function recordedBy(run: Pick<Run, "url">, statuses: readonly CommitStatus[]): RecordedImage[] {
	return FLAVOURS.flatMap((flavour) => {
		const status = statuses.find(({ context, url }) => context === statusContext(flavour) && url === run.url);
		const digest = status?.state === "success" ? status.description : null;
		return digest !== null && isDigest(digest) ? [{ flavour, digest }] : [];
	});
}
