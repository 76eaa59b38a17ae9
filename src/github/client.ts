import type { z } from "zod";
import { hasCode } from "../errors/errors.ts";
import type { Secret } from "../secrets/secret.ts";
import { within } from "../system/limits.ts";
import { githubError, unreadable } from "./failures.ts";
import { createFetch } from "./fetch.ts";
import { openOctokit } from "./octokit.ts";
import * as schemas from "./schemas.ts";
import type { CommitStatus, Issue, Job, PackageVersion, Run } from "./schemas.ts";

const TIMEOUT_MS = 30_000;
/** Tries and waits of one call together. */
const WHOLE_MS = 5 * 60_000;
const LONGEST_WAIT_S = 90;
const PER_PAGE = 100;
/** 10,000 of whatever it is. */
const MOST_PAGES = 100;

export interface GitHubOptions {
	/** Base of the REST API, such as https://api.github.com or https://host/api/v3. */
	url: string;
	/** `owner/name` */
	repository: string;
	token: Secret | undefined;
	/** Ends every call. */
	signal?: AbortSignal | undefined;
	/** Told when a limit of GitHub is waited for. */
	note?: (text: string) => void;
	/** What one answer may take; 30 s unless told. */
	timeoutMs?: number;
	/** What a call may take with all its tries and waits; 5 min unless told. */
	wholeMs?: number;
	/** Pause after the first failed try; 1 s unless told. */
	retryMs?: number;
	/** A limit of GitHub that lasts longer is an error at once; 90 s unless told. */
	longestWaitS?: number;
	/** Bytes of one answer; 16 MiB unless told. */
	mostBytes?: number;
}

interface NewStatus {
	state: "success";
	context: string;
	/** At most 140 characters. */
	description: string;
	url: string;
}

interface IssueChange {
	body?: string;
	state?: "open" | "closed";
}

/**
 * One repository of GitHub. Undefined stands for what is not there. Each call is one route of
 * https://docs.github.com/en/rest (version 2022-11-28).
 */
export interface GitHub {
	/** `owner/name` */
	readonly repository: string;
	/**
	 * One call of a route below the repository's own, such as `POST /git/trees`; undefined where GitHub answers 404.
	 * What changes something is never sent twice.
	 */
	request<T>(route: string, parameters: object, schema: z.ZodType<T>): Promise<T | undefined>;
	/** The whole SHA of a commit of which it is, or begins with, `sha`; undefined: none, or several. */
	commit(sha: string): Promise<string | undefined>;
	/** Every run of a workflow's file for a commit, of any event; undefined: no such workflow. */
	runs(workflow: string, sha: string): Promise<Run[] | undefined>;
	run(id: number): Promise<Run>;
	/** The jobs of a run as they ran last. */
	jobs(run: number): Promise<Job[]>;
	/** Newest first. */
	statuses(sha: string): Promise<CommitStatus[]>;
	addStatus(sha: string, status: NewStatus): Promise<void>;
	/** Whether a branch holds a commit; false too when there is no such branch. */
	holds(branch: string, sha: string): Promise<boolean>;
	/** Open and closed issues with a label, no pull requests, newest first. */
	issues(label: string): Promise<Issue[]>;
	/** Never sent twice. */
	createIssue(issue: { title: string; body: string; labels: string[] }): Promise<Issue>;
	updateIssue(number: number, change: IssueChange): Promise<Issue>;
	/** Whether an account is an organization. */
	isOrganization(owner: string): Promise<boolean>;
	/** @param path of the package, such as /orgs/acme/packages/container/worker */
	packageVersions(path: string): Promise<PackageVersion[]>;
	/** One that is gone already counts as deleted. */
	deletePackageVersion(path: string, id: number): Promise<void>;
}

/**
 * A client of one repository; nothing is asked before the first call.
 * Its calls throw UserError github_unreachable, github_token_invalid, github_forbidden, github_not_found,
 * github_refused, github_rate_limited and unsafe_redirect.
 */
export function createGitHub(options: GitHubOptions): GitHub {
	const { repository } = options;
	const { ask, all } = createCaller(options);
	const here = `/repos/${repository}`;
	return {
		repository,
		request: (route, parameters, schema) => {
			const [method, path = ""] = route.split(" ");
			const once = method === "GET" ? {} : { request: { retries: 0 } };
			return ask(`${method} ${here}${path}`, { ...parameters, ...once }, schema).catch(nothing);
		},
		async commit(sha) {
			const known = await ask(`GET ${here}/commits/${sha}`, { per_page: 1 }, schemas.commitSchema).catch(noCommit);
			return known?.sha.startsWith(sha) ? known.sha : undefined; // a branch may be called like a short SHA
		},
		runs: (workflow, sha) =>
			all(`${here}/actions/workflows/${workflow}/runs`, { head_sha: sha }, schemas.runsSchema).catch(nothing),
		run: (id) => ask(`GET ${here}/actions/runs/${id}`, {}, schemas.runSchema),
		jobs: (run) => all(`${here}/actions/runs/${run}/jobs`, { filter: "latest" }, schemas.jobsSchema),
		statuses: (sha) => all(`${here}/commits/${sha}/statuses`, {}, schemas.statusSchema.array()),
		async addStatus(sha, { url: target_url, ...status }) {
			await ask(`POST ${here}/statuses/${sha}`, { ...status, target_url }, schemas.statusSchema);
		},
		async holds(branch, sha) {
			// the changed files, which may be many, stand on the first page only
			const range = `${sha}...${encodeURIComponent(branch)}`;
			const route = `GET ${here}/compare/${range}`;
			const seen = await ask(route, { per_page: 1, page: 2 }, schemas.comparisonSchema).catch(nothing);
			return seen?.status === "ahead" || seen?.status === "identical";
		},
		async issues(label) {
			const found = await all(`${here}/issues`, { labels: label, state: "all" }, schemas.issueSchema.array());
			return found.filter(({ isPullRequest }) => !isPullRequest);
		},
		createIssue: (issue) => ask(`POST ${here}/issues`, { ...issue, request: { retries: 0 } }, schemas.issueSchema),
		updateIssue: (number, change) => ask(`PATCH ${here}/issues/${number}`, { ...change }, schemas.issueSchema),
		isOrganization: async (owner) =>
			(await ask(`GET /users/${owner}`, {}, schemas.ownerSchema)).type === "Organization",
		packageVersions: (path) => all(`${path}/versions`, {}, schemas.versionSchema.array()),
		deletePackageVersion: (path, id) => ask<void>(`DELETE ${path}/versions/${id}`, {}, undefined).catch(nothing),
	};
}

/** What is not there. */
function nothing(error: unknown): undefined {
	if (!hasCode(error, "github_not_found")) throw error;
}

/** GitHub answers 422 to a SHA that is no commit of the repository, or of several. */
function noCommit(error: unknown): undefined {
	if (!hasCode(error, "github_refused")) return nothing(error);
}

/** One call, and one that is answered in pages. */
function createCaller(options: GitHubOptions) {
	const { url, token, signal, timeoutMs = TIMEOUT_MS, wholeMs = WHOLE_MS, retryMs = 1_000, mostBytes } = options;
	const { longestWaitS = LONGEST_WAIT_S, note = () => {} } = options;
	const baseUrl = url.replace(/\/$/, "");
	const limits = { timeoutMs, signal, ...(mostBytes === undefined ? {} : { mostBytes }) };
	const fetch = createFetch({ origin: new URL(url).origin, ...limits });
	let opened: ReturnType<typeof openOctokit> | undefined;
	const call = async (route: string, parameters: object) => {
		try {
			const octokit = await (opened ??= openOctokit({ baseUrl, token, fetch, retryMs, longestWaitS, note }));
			return await within(wholeMs, signal, () => octokit.request(route, { ...parameters }));
		} catch (error) {
			signal?.throwIfAborted();
			throw githubError(error, baseUrl);
		}
	};
	const read = <T>(schema: z.ZodType<T>, data: unknown): T => {
		const parsed = schema.safeParse(data);
		if (!parsed.success) throw githubError(parsed.error, baseUrl);
		return parsed.data;
	};
	const ask = async <T>(route: string, parameters: object, schema: z.ZodType<T> | undefined): Promise<T> => {
		const { data } = await call(route, parameters);
		return schema ? read(schema, data) : (undefined as T);
	};
	const all = async <T>(path: string, parameters: object, schema: z.ZodType<T[]>): Promise<T[]> => {
		const found: T[] = [];
		for (let page = 1; page <= MOST_PAGES; page++) {
			const { data, headers } = await call(`GET ${path}`, { ...parameters, per_page: PER_PAGE, page });
			found.push(...read(schema, data));
			if (!/rel="next"/.test(headers.link ?? "")) return found; // the address in it is not followed: it names any origin
		}
		throw unreadable(baseUrl, `${path} has more than ${MOST_PAGES} pages`);
	};
	return { ask, all };
}
