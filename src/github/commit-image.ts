import { UserError } from "../errors/errors.ts";
import type { Digest } from "../registry/image-reference.ts";
import { awaitRun, whereItIs, type AwaitPorts } from "./await-run.ts";
import { commitOf, type CommitPorts } from "./commit.ts";
import { lookAtCommit, type CommitRun } from "./commit-run.ts";

export type CommitImagePorts = CommitPorts & AwaitPorts;

export interface WantedCommit {
	sha: string;
	/** File of the workflow. */
	workflow: string;
	/** Of the image: `cpu` or `cuda`. */
	flavour: string;
	/** How long to wait for a run that has not ended, in milliseconds. */
	waitMs: number;
}

/**
 * The digest that the run of a commit has built, smoked and recorded; waits for a run that has not ended.
 * @throws UserError commit_unknown, commit_ambiguous (usage), ci_no_run, ci_failed, ci_running, ci_no_digest, and those of GitHub
 */
export async function imageOfCommit(ports: CommitImagePorts, wanted: WantedCommit): Promise<Digest> {
	const { github, progress, clock } = ports;
	const commit = await commitOf(ports, wanted.sha);
	const seen = await awaitRun(ports, () => lookAtCommit(github, wanted.workflow, commit), wanted.waitMs);
	if (seen.verdict === "none") throw noRun(seen);
	if (seen.verdict === "running") throw stillRunning(seen, clock.now());
	if (seen.verdict === "failed") throw failed(seen);
	const digest = seen.images.find(({ flavour }) => flavour === wanted.flavour)?.digest;
	if (digest === undefined) throw noDigest(seen, wanted.flavour);
	const branch = seen.run?.branch ?? null;
	if (branch !== null && !(await github.holds(branch, commit)))
		progress.note(`commit ${short(commit)} is no longer on ${branch}: it was force-pushed away, or the branch is gone`);
	return digest;
}

const short = (sha: string): string => sha.slice(0, 12);

const noRun = ({ commit, workflow, repository }: CommitRun) =>
	new UserError("ci_no_run", `${repository} has no run of ${workflow} for commit ${short(commit)}`, {
		hint: `git push, or gh workflow run ${workflow}; then cres ci status ${short(commit)}`,
	});

const stillRunning = (seen: CommitRun, nowMs: number) =>
	new UserError("ci_running", `run ${seen.run!.number} of ${seen.workflow} has not ended: ${whereItIs(seen, nowMs)}`, {
		hint: `cres ci status ${short(seen.commit)} --watch, or a longer --wait; ${seen.run!.url}`,
	});

function failed({ commit, workflow, run, failing }: CommitRun): UserError {
	const { job, step, conclusion, url } = failing!;
	const attempt = run!.attempt > 1 ? `, attempt ${run!.attempt},` : "";
	const place = step === null ? `job "${job}"` : `step "${step}" of job "${job}"`;
	const message = `run ${run!.number}${attempt} of ${workflow} for commit ${short(commit)} ended as ${run!.conclusion}: ${place} (${conclusion})`;
	return new UserError("ci_failed", message, { hint: url });
}

const noDigest = ({ commit, workflow, run, images }: CommitRun, flavour: string) =>
	new UserError(
		"ci_no_digest",
		`run ${run!.number} of ${workflow} for commit ${short(commit)} recorded ${images.length === 0 ? "no image" : `${images.map((one) => one.flavour).join(", ")} only`}, and ${flavour} is wanted`,
		{ hint: `let ${workflow} run cres ci record DIGEST after the smoke test; ${run!.url}` },
	);
