import type { components } from "@octokit/openapi-types";
import type {
	CommitState,
	IssueState,
	JobState,
	RepositoryState,
	RunState,
	StatusState,
	StepState,
	VersionState,
} from "./state.ts";

import { links, wireUser, type Origins } from "./wire-account.ts";

type Schemas = components["schemas"];

const REPOSITORY_LINKS = [
	...(["archive_url", "assignees_url", "blobs_url", "branches_url", "collaborators_url", "comments_url"] as const),
	...(["commits_url", "compare_url", "contents_url", "contributors_url", "deployments_url", "downloads_url"] as const),
	...(["events_url", "forks_url", "git_commits_url", "git_refs_url", "git_tags_url", "hooks_url"] as const),
	...(["issue_comment_url", "issue_events_url", "issues_url", "keys_url", "labels_url", "languages_url"] as const),
	...(["merges_url", "milestones_url", "notifications_url", "pulls_url", "releases_url"] as const),
	...(["stargazers_url", "statuses_url", "subscribers_url", "subscription_url", "tags_url"] as const),
	...(["teams_url", "trees_url"] as const),
] as const;

function wireRepository(origins: Origins, fullName: string, id: number) {
	const [owner, name] = fullName.split("/") as [string, string];
	const url = `${origins.api}/repos/${fullName}`;
	return {
		id,
		node_id: `R_${id}`,
		name,
		full_name: fullName,
		private: true,
		owner: wireUser(origins, owner),
		html_url: `${origins.web}/${fullName}`,
		description: null,
		fork: false,
		url,
		...links(url, REPOSITORY_LINKS),
	} satisfies Schemas["minimal-repository"];
}

const PERSON = { name: "Rehearsal", email: "rehearsal@example.com" };

/** A commit as GitHub's REST API gives it (docs.github.com/rest/commits). */
export function wireCommit({ api, web }: Origins, { name }: RepositoryState, commit: CommitState) {
	const { sha, message, at, parents } = commit;
	const url = `${api}/repos/${name}/commits/${sha}`;
	const signed = { ...PERSON, date: at };
	return {
		url,
		sha,
		node_id: `C_${sha}`,
		html_url: `${web}/${name}/commit/${sha}`,
		comments_url: `${url}/comments`,
		commit: {
			...{ url, message, comment_count: 0, author: signed, committer: signed },
			tree: { sha, url: `${api}/repos/${name}/git/trees/${sha}` },
		},
		author: null,
		committer: null,
		parents: parents.map((parent) => ({ sha: parent, url: `${api}/repos/${name}/commits/${parent}` })),
		stats: { total: 0, additions: 0, deletions: 0 },
		files: [],
	} satisfies Schemas["commit"];
}

const runPage = ({ web }: Origins, { name }: RepositoryState, { id }: Pick<RunState, "id">): string =>
	`${web}/${name}/actions/runs/${id}`;

/** A workflow run as GitHub's REST API gives it (docs.github.com/rest/actions/workflow-runs). */
export function wireRun(origins: Origins, repository: RepositoryState, run: RunState) {
	const { id, sha, from, workflow } = run;
	const url = `${origins.api}/repos/${repository.name}/actions/runs/${id}`;
	return {
		...{ id, node_id: `WFR_${id}`, name: workflow, head_branch: run.branch, head_sha: sha },
		path: `.github/workflows/${workflow}`,
		display_title: workflow,
		...{ run_number: run.number, run_attempt: run.attempt, event: run.event },
		...{ status: run.status, conclusion: run.conclusion, workflow_id: 1 },
		...{ url, html_url: runPage(origins, repository, run), pull_requests: [] },
		...{ created_at: run.createdAt, updated_at: run.updatedAt, run_started_at: run.startedAt },
		...links(url, ["jobs_url", "logs_url", "check_suite_url", "cancel_url", "rerun_url"]),
		...links(url, ["artifacts_url", "workflow_url"]),
		head_commit: {
			...{ id: sha, tree_id: sha, message: "a commit", timestamp: run.createdAt, author: PERSON, committer: PERSON },
		},
		repository: wireRepository(origins, repository.name, repository.id),
		head_repository: wireRepository(origins, from, from === repository.name ? repository.id : 2),
	} satisfies Schemas["workflow-run"];
}

const wireStep = ({ name, status, conclusion, startedAt, completedAt }: StepState, at: number) => ({
	...{ name, status, conclusion, number: at + 1 },
	...{ started_at: startedAt, completed_at: completedAt },
});

/** A job of a run as GitHub's REST API gives it (docs.github.com/rest/actions/workflow-jobs). */
export function wireJob(origins: Origins, repository: RepositoryState, run: RunState, job: JobState) {
	const { id, name, status, conclusion } = job;
	const base = `${origins.api}/repos/${repository.name}`;
	return {
		...{ id, node_id: `CR_${id}`, run_id: run.id, run_url: `${base}/actions/runs/${run.id}` },
		...{ run_attempt: run.attempt, head_sha: run.sha, head_branch: run.branch, workflow_name: run.workflow },
		...{ name, status, conclusion, labels: ["ubuntu-24.04"] },
		...{ url: `${base}/actions/jobs/${id}`, html_url: `${runPage(origins, repository, run)}/job/${id}` },
		...{ created_at: run.startedAt, started_at: job.startedAt ?? run.startedAt, completed_at: job.completedAt },
		...{ check_run_url: `${base}/check-runs/${id}`, runner_id: 1, runner_name: "GitHub Actions 1" },
		...{ runner_group_id: 0, runner_group_name: "GitHub Actions" },
		steps: job.steps.map(wireStep),
	} satisfies Schemas["job"];
}

/** A commit status as GitHub's REST API gives it (docs.github.com/rest/commits/statuses). */
export const wireStatus = (origins: Origins, { name }: RepositoryState, status: StatusState) =>
	({
		url: `${origins.api}/repos/${name}/statuses/${status.sha}`,
		avatar_url: null,
		id: status.id,
		node_id: `SC_${status.id}`,
		state: status.state,
		description: status.description,
		target_url: status.url,
		context: status.context,
		created_at: status.at,
		updated_at: status.at,
		creator: wireUser(origins, "github-actions[bot]", "Bot"),
	}) satisfies { [K in keyof Schemas["status"]]: unknown };

const GREY = "ededed";

/** A label as GitHub's REST API gives it (docs.github.com/rest/issues/labels). */
export const wireLabel = (origins: Origins, repository: RepositoryState, name: string) =>
	({
		...{ id: repository.id, node_id: `LA_${name}`, name, color: GREY, default: false, description: null },
		url: `${origins.api}/repos/${repository.name}/labels/${encodeURIComponent(name)}`,
	}) satisfies Schemas["label"];

/** An issue as GitHub's REST API gives it (docs.github.com/rest/issues). */
export function wireIssue(origins: Origins, { name }: RepositoryState, issue: IssueState) {
	const url = `${origins.api}/repos/${name}/issues/${issue.number}`;
	const page = `${origins.web}/${name}/issues/${issue.number}`;
	return {
		...{ id: issue.id, node_id: `I_${issue.id}`, number: issue.number, url, html_url: page },
		repository_url: `${origins.api}/repos/${name}`,
		...links(url, ["comments_url", "events_url", "labels_url"]),
		...{ title: issue.title, body: issue.body, state: issue.state, locked: false, comments: 0 },
		labels: issue.labels.map((label) => ({ name: label, color: GREY })),
		...{ user: wireUser(origins, "github-actions[bot]", "Bot"), assignee: null, milestone: null },
		...{ created_at: issue.createdAt, updated_at: issue.updatedAt, closed_at: issue.closedAt },
		...(issue.isPullRequest
			? { pull_request: { url, html_url: page, diff_url: `${page}.diff`, patch_url: `${page}.patch` } }
			: {}),
	} satisfies Schemas["issue"];
}

/** A version of a package as GitHub's REST API gives it (docs.github.com/rest/packages). */
export const wireVersion = ({ web }: Origins, base: string, { id, digest, tags, at }: VersionState) =>
	({
		...{ id, name: digest, url: `${base}/versions/${id}`, package_html_url: `${web}/packages` },
		...{ created_at: at, updated_at: at },
		metadata: { package_type: "container", container: { tags } },
	}) satisfies Schemas["package-version"];
