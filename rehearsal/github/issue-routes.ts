import { z } from "zod";
import { ApiError, notFound } from "./api-error.ts";
import { bodyOf, list, newestFirst, pageOf, repositoryOf, type Route } from "./route.ts";
import { addIssue, addLabel } from "./seed.ts";
import * as wire from "./wire.ts";

const newIssue = z.object({
	title: z.string().min(1),
	body: z.string().max(65_536).optional(),
	labels: z.array(z.string()).default([]),
});
const newLabel = z.object({ name: z.string().min(1), description: z.string().max(100).optional() });
const issueChange = z.object({
	title: z.string().optional(),
	body: z.string().max(65_536).optional(),
	state: z.enum(["open", "closed"]).optional(),
	state_reason: z.string().nullish(),
});

export const ISSUE_ROUTES: readonly Route[] = [
	{
		route: "GET /repos/{owner}/{repo}/issues",
		needs: "issues=read",
		answer(call) {
			const repository = repositoryOf(call);
			const state = call.query.get("state") ?? "open";
			const labels = (call.query.get("labels") ?? "").split(",").filter(Boolean);
			const found = newestFirst(repository.issues).filter(
				(one) => (state === "all" || one.state === state) && labels.every((label) => one.labels.includes(label)),
			);
			const { items, more } = pageOf(found, call.query);
			return list({ items: items.map((one) => wire.wireIssue(call.origins, repository, one)), more });
		},
	},
	{
		route: "POST /repos/{owner}/{repo}/issues",
		needs: "issues=write",
		answer(call) {
			const repository = repositoryOf(call);
			const { title, body = null, labels: asked } = bodyOf(newIssue, call);
			// github.com does so since January 2025 (octokit/rest.js#479)
			const labels = asked.filter((label) => repository.labels?.includes(label));
			const issue = addIssue(call.world, repository, { title, body, labels });
			return { status: 201, body: wire.wireIssue(call.origins, repository, issue) };
		},
	},
	{
		route: "PATCH /repos/{owner}/{repo}/issues/{issue_number}",
		needs: "issues=write",
		answer(call) {
			const repository = repositoryOf(call);
			const issue = repository.issues.find(({ number }) => String(number) === call.path["issue_number"]);
			if (!issue) throw notFound();
			const { state_reason: _, ...change } = bodyOf(issueChange, call);
			Object.assign(issue, change, { updatedAt: call.world.now() });
			issue.closedAt = issue.state === "closed" ? (issue.closedAt ?? call.world.now()) : null;
			return { status: 200, body: wire.wireIssue(call.origins, repository, issue) };
		},
	},
	{
		route: "GET /repos/{owner}/{repo}/labels/{name}",
		needs: "issues=read",
		answer(call) {
			const repository = repositoryOf(call);
			const name = repository.labels?.find((one) => one === call.path["name"]);
			if (name === undefined) throw notFound();
			return { status: 200, body: wire.wireLabel(call.origins, repository, name) };
		},
	},
	{
		route: "POST /repos/{owner}/{repo}/labels",
		needs: "issues=write",
		answer(call) {
			const repository = repositoryOf(call);
			const { name } = bodyOf(newLabel, call);
			if (repository.labels?.includes(name))
				throw new ApiError(422, "Validation Failed", {
					errors: [{ resource: "Label", field: "name", code: "already_exists" }],
				});
			addLabel(repository, name);
			return { status: 201, body: wire.wireLabel(call.origins, repository, name) };
		},
	},
];
