import { z } from "zod";

// The fields that cres reads. Shapes: https://docs.github.com/en/rest (version 2022-11-28).

const time = z.iso.datetime({ offset: true });

export const commitSchema = z.object({ sha: z.string().regex(/^[0-9a-f]{40,64}$/) });

export const runSchema = z
	.object({
		id: z.int(),
		run_number: z.int(),
		run_attempt: z.int().default(1),
		event: z.string(),
		/** `queued`, `in_progress`, `completed`, `waiting`, `requested`, `pending` */
		status: z.string().nullable(),
		conclusion: z.string().nullable(),
		head_sha: z.string(),
		head_branch: z.string().nullable(),
		html_url: z.url(),
		path: z.string(),
		head_repository: z.object({ full_name: z.string() }).nullish(),
		run_started_at: time.optional(),
		created_at: time,
		updated_at: time,
	})
	.transform((run) => ({
		id: run.id,
		number: run.run_number,
		attempt: run.run_attempt,
		event: run.event,
		status: run.status ?? "unknown",
		conclusion: run.conclusion,
		sha: run.head_sha,
		branch: run.head_branch,
		url: run.html_url,
		/** File of the workflow, such as `.github/workflows/images.yml`. */
		path: run.path.split("@")[0]!,
		/** `owner/name` of what was built; null when it is gone. */
		from: run.head_repository?.full_name ?? null,
		startedAt: run.run_started_at ?? run.created_at,
		updatedAt: run.updated_at,
	}));
export type Run = z.output<typeof runSchema>;

export const runsSchema = z.object({ workflow_runs: z.array(runSchema) }).transform((page) => page.workflow_runs);

const stepSchema = z
	.object({
		number: z.int(),
		name: z.string(),
		status: z.string(),
		conclusion: z.string().nullable(),
		started_at: time.nullish(),
		completed_at: time.nullish(),
	})
	.transform(({ started_at, completed_at, ...step }) => ({ ...step, durationMs: between(started_at, completed_at) }));

const jobSchema = z
	.object({
		id: z.int(),
		name: z.string(),
		status: z.string(),
		conclusion: z.string().nullable(),
		html_url: z.url().nullable(),
		started_at: time.nullish(),
		completed_at: time.nullish(),
		steps: z.array(stepSchema).default([]),
	})
	.transform(({ started_at, completed_at, html_url, ...job }) => ({
		...job,
		url: html_url,
		durationMs: between(started_at, completed_at),
	}));
export type Job = z.output<typeof jobSchema>;

export const jobsSchema = z.object({ jobs: z.array(jobSchema) }).transform(({ jobs }) => jobs);

export const statusSchema = z
	.object({
		context: z.string(),
		state: z.string(),
		description: z.string().nullable(),
		target_url: z.string().nullable(),
	})
	.transform(({ target_url, ...status }) => ({ ...status, url: target_url }));
export type CommitStatus = z.output<typeof statusSchema>;

export const issueSchema = z
	.object({
		number: z.int(),
		title: z.string(),
		body: z.string().nullish(),
		state: z.enum(["open", "closed"]),
		html_url: z.url(),
		pull_request: z.object({}).nullish(),
		labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])).default([]),
	})
	.transform(({ html_url, body, pull_request, labels, ...issue }) => ({
		...issue,
		labels: labels.map((label) => (typeof label === "string" ? label : (label.name ?? ""))),
		body: body ?? "",
		url: html_url,
		isPullRequest: pull_request != null,
	}));
export type Issue = z.output<typeof issueSchema>;

export const labelSchema = z.object({ name: z.string() });

export const ownerSchema = z.object({ type: z.string() });

export const versionSchema = z
	.object({
		id: z.int(),
		name: z.string(),
		created_at: time,
		metadata: z.object({ container: z.object({ tags: z.array(z.string()) }).optional() }).optional(),
	})
	.transform(({ id, name, created_at, metadata }) => ({
		id,
		/** Of a container package: the digest of the manifest. */
		digest: name,
		tags: metadata?.container?.tags ?? [],
		createdAt: created_at,
	}));
export type PackageVersion = z.output<typeof versionSchema>;

export const comparisonSchema = z.object({ status: z.enum(["diverged", "ahead", "behind", "identical"]) });

function between(from: string | null | undefined, to: string | null | undefined): number | null {
	if (from == null || to == null) return null;
	return Math.max(0, Date.parse(to) - Date.parse(from));
}
