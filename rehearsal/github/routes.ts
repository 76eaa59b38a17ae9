import { z } from "zod";
import { ApiError, notFound } from "./api-error.ts";
import { idTokenRoute } from "./id-token-route.ts";
import { ISSUE_ROUTES } from "./issue-routes.ts";
import { PACKAGE_ROUTES } from "./package-routes.ts";
import { bodyOf, list, newestFirst, pageOf, repositoryOf, type Call, type Route } from "./route.ts";
import type { RepositoryState } from "./state.ts";
import { wireRoot } from "./wire-account.ts";
import * as wire from "./wire.ts";

function runOf(call: Call) {
	const repository = repositoryOf(call);
	const run = repository.runs.find(({ id }) => String(id) === call.path["run_id"]);
	if (!run) throw notFound();
	return { repository, run };
}

/** A branch, or a SHA or the beginning of one. */
function commitOf(repository: RepositoryState, reference: string) {
	const wanted = repository.branches[reference] ?? reference;
	const found = repository.commits.filter(({ sha }) => sha.startsWith(wanted));
	if (found.length === 1) return found[0]!;
	throw new ApiError(422, `No commit found for SHA: ${reference}`);
}

/** Whether one commit is the other or one of its ancestors. */
function isAncestor(repository: RepositoryState, sha: string, of: string): boolean {
	if (sha === of) return true;
	const parents = repository.commits.find((one) => one.sha === of)?.parents ?? [];
	return parents.some((parent) => isAncestor(repository, sha, parent));
}

const newStatus = z.object({
	state: z.enum(["error", "failure", "pending", "success"]),
	target_url: z.string().nullish(),
	description: z.string().max(140).nullish(),
	context: z.string().default("default"),
});
export const ROUTES: readonly Route[] = [
	{ route: "GET /", needs: "", answer: ({ origins }) => ({ status: 200, body: wireRoot(origins) }) },
	{
		route: "GET /repos/{owner}/{repo}/commits/{ref}",
		needs: "contents=read",
		answer(call) {
			const repository = repositoryOf(call);
			return { status: 200, body: wire.wireCommit(call.origins, repository, commitOf(repository, call.path["ref"]!)) };
		},
	},
	{
		route: "GET /repos/{owner}/{repo}/compare/{basehead}",
		needs: "contents=read",
		answer(call) {
			const repository = repositoryOf(call);
			const [base, head] = call.path["basehead"]!.split("...").map((one) => repository.branches[one] ?? one);
			const known = [base, head].map((sha) => repository.commits.find((one) => one.sha === sha));
			if (known.includes(undefined)) throw notFound();
			return {
				status: 200,
				body: comparison(call, repository, known as [NonNullable<(typeof known)[0]>, NonNullable<(typeof known)[0]>]),
			};
		},
	},
	{
		route: "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs",
		needs: "actions=read",
		answer(call) {
			const repository = repositoryOf(call);
			const of = repository.runs.filter(({ workflow }) => workflow === call.path["workflow_id"]);
			if (of.length === 0 && call.path["workflow_id"] !== "images.yml") throw notFound();
			const sha = call.query.get("head_sha");
			const found = newestFirst(of).filter((run) => sha === null || run.sha === sha);
			const { items, more } = pageOf(found, call.query);
			const workflow_runs = items.map((run) => wire.wireRun(call.origins, repository, run));
			return { status: 200, body: { total_count: found.length, workflow_runs }, more };
		},
	},
	{
		route: "GET /repos/{owner}/{repo}/actions/runs/{run_id}",
		needs: "actions=read",
		answer(call) {
			const { repository, run } = runOf(call);
			return { status: 200, body: wire.wireRun(call.origins, repository, run) };
		},
	},
	{
		route: "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs",
		needs: "actions=read",
		answer(call) {
			const { repository, run } = runOf(call);
			const { items, more } = pageOf(run.jobs, call.query);
			const jobs = items.map((job) => wire.wireJob(call.origins, repository, run, job));
			return { status: 200, body: { total_count: run.jobs.length, jobs }, more };
		},
	},
	{
		route: "GET /repos/{owner}/{repo}/commits/{ref}/statuses",
		needs: "statuses=read",
		answer(call) {
			const repository = repositoryOf(call);
			const of = newestFirst(repository.statuses).filter(({ sha }) => sha === call.path["ref"]);
			const { items, more } = pageOf(of, call.query);
			return list({ items: items.map((one) => wire.wireStatus(call.origins, repository, one)), more });
		},
	},
	{
		route: "POST /repos/{owner}/{repo}/statuses/{sha}",
		needs: "statuses=write",
		answer(call) {
			const repository = repositoryOf(call);
			const { target_url, description, ...rest } = bodyOf(newStatus, call);
			const { sha } = commitOf(repository, call.path["sha"]!);
			const own = { url: target_url ?? null, description: description ?? null };
			const made = { id: call.world.nextId(), sha, at: call.world.now(), ...rest, ...own };
			repository.statuses.push(made);
			return { status: 201, body: wire.wireStatus(call.origins, repository, made) };
		},
	},
	...ISSUE_ROUTES,
	...PACKAGE_ROUTES,
	idTokenRoute,
];

type Commit = RepositoryState["commits"][number];

function comparison({ origins, query }: Call, repository: RepositoryState, [base, head]: [Commit, Commit]) {
	const forward = isAncestor(repository, base.sha, head.sha);
	const back = isAncestor(repository, head.sha, base.sha);
	const status = forward && back ? "identical" : forward ? "ahead" : back ? "behind" : "diverged";
	const url = `${origins.api}/repos/${repository.name}/compare/${base.sha}...${head.sha}`;
	const page = `${origins.web}/${repository.name}/compare/${base.sha}...${head.sha}`;
	const commit = wire.wireCommit(origins, repository, base);
	return {
		...{ url, html_url: page, permalink_url: page, diff_url: `${page}.diff`, patch_url: `${page}.patch` },
		...{ base_commit: commit, merge_base_commit: commit, status, ahead_by: Number(forward), behind_by: Number(back) },
		...{ total_commits: Number(status === "ahead"), commits: [] },
		...((query.get("page") ?? "1") === "1" ? { files: [] } : {}),
	};
}
