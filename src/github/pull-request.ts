import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError, codeOf } from "../errors/errors.ts";
import type { GithubRequest } from "./requests.ts";

export interface Change {
	/** `owner/name` at GitHub. */
	repository: string;
	/** Branch that holds the change and nothing else; made or moved. */
	branch: string;
	title: string;
	/** Top of the working tree. */
	root: string;
	/** Files whose content in the tree is proposed, from the top. */
	paths: readonly string[];
}

/** What `cres ci pull-request` returns under --json. */
export interface PullRequest {
	/** `unchanged`: the default branch has these contents, so nothing was done. */
	outcome: "opened" | "updated" | "unchanged";
	/** Null when nothing was done. */
	number: number | null;
	url: string | null;
	/** The files that differ. */
	changed: string[];
}

interface File {
	path: string;
	content: string;
}

/** Calls for one repository; `…` in a route stands for it. */
interface Calls {
	owner: string;
	/** Undefined where GitHub answers 404. */
	ask: <T>(schema: z.ZodType<T>, route: string, parameters?: object) => Promise<T | undefined>;
	/** @throws UserError github_not_found */
	must: <T>(schema: z.ZodType<T>, route: string, parameters?: object) => Promise<T>;
}

/**
 * Proposes the content of files of the working tree: one commit on top of the default branch, made by the API and so
 * signed by GitHub, and one pull request, which a later call updates.
 * @throws UserError change_unreadable, github_not_found, and those of the requests
 */
export async function proposeChange(request: GithubRequest, change: Change): Promise<PullRequest> {
	const files = await Promise.all(change.paths.map((path) => readChange(change.root, path)));
	const calls = callsFor(request, change.repository);
	const { default_branch: base } = await calls.must(z.object({ default_branch: z.string() }), "GET …");
	const { object } = await calls.must(refSchema, "GET …/git/ref/heads/{base}", { base });
	const changed = await differing(calls, object.sha, files);
	const paths = changed.map(({ path }) => path);
	if (changed.length === 0) return { outcome: "unchanged", number: null, url: null, changed: paths };
	await commitOn(calls, object.sha, change, changed);
	const { branch: head, title } = change;
	const open = { state: "open", head: `${calls.owner}:${head}`, base };
	const [there] = await calls.must(z.array(pullSchema), "GET …/pulls", open);
	const pull = there ?? (await calls.must(pullSchema, "POST …/pulls", { title, head, base, body: bodyOf(paths) }));
	return { outcome: there ? "updated" : "opened", number: pull.number, url: pull.html_url, changed: paths };
}

function callsFor(request: GithubRequest, repository: string): Calls {
	const [owner = "", repo = ""] = repository.split("/");
	const ask: Calls["ask"] = async (schema, route, parameters) => {
		const found = await request(route.replace("…", "/repos/{owner}/{repo}"), { owner, repo, ...parameters });
		const parsed = schema.optional().safeParse(found);
		if (parsed.success) return parsed.data;
		throw new UserError(
			"github_unreachable",
			`${route} is not answered as GitHub does: ${z.prettifyError(parsed.error)}`,
			{
				hint: "check GITHUB_API_URL and the network, then the same command again",
			},
		);
	};
	return { owner, ask, must: async (...of) => (await ask(...of)) ?? notFound(repository) };
}

/** The files that a commit does not hold as they are here. */
async function differing({ ask }: Calls, ref: string, files: readonly File[]): Promise<File[]> {
	const held = await Promise.all(files.map(({ path }) => ask(shaSchema, "GET …/contents/{path}", { path, ref })));
	return files.filter(({ content }, index) => held[index]?.sha !== blobSha(content));
}

/** Makes the branch one commit on top of `parent`, whatever it was. */
async function commitOn(
	calls: Calls,
	parent: string,
	{ branch, title }: Change,
	files: readonly File[],
): Promise<void> {
	const { ask, must } = calls;
	const entries = files.map((file) => ({ ...file, mode: "100644", type: "blob" }));
	const tree = await must(shaSchema, "POST …/git/trees", { base_tree: parent, tree: entries });
	const { sha } = await must(shaSchema, "POST …/git/commits", { message: title, tree: tree.sha, parents: [parent] });
	if (await ask(refSchema, "GET …/git/ref/heads/{branch}", { branch }))
		await must(refSchema, "PATCH …/git/refs/heads/{branch}", { branch, sha, force: true });
	else await must(refSchema, "POST …/git/refs", { ref: `refs/heads/${branch}`, sha });
}

const shaSchema = z.object({ sha: z.string() });
const refSchema = z.object({ object: shaSchema });
const pullSchema = z.object({ number: z.int(), html_url: z.string().max(2_000) });

const bodyOf = (paths: readonly string[]): string =>
	["Written by `cres ci pull-request`. It changes:", "", ...paths.map((path) => `- \`${path}\``)].join("\n");

/** Name of a file's content in Git: 40 hex digits. @see https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
const blobSha = (content: string): string =>
	createHash("sha1")
		.update(`blob ${Buffer.byteLength(content)}\0${content}`)
		.digest("hex");

async function readChange(root: string, path: string): Promise<File> {
	const content = await readFile(join(root, path), "utf8").catch((cause: unknown) => {
		throw new UserError("change_unreadable", `${path} cannot be read (${codeOf(cause) ?? "unknown"})`, {
			hint: "name files of the working tree, from its top",
			cause,
		});
	});
	return { path, content };
}

function notFound(repository: string): never {
	throw new UserError("github_not_found", `GitHub shows no ${repository} to this token, or not all of it`, {
		hint: "check GITHUB_REPOSITORY (owner/name) and what GITHUB_TOKEN may read",
	});
}

/** One line for people. */
export const renderPullRequest = ({ outcome, number, url, changed }: PullRequest): string =>
	outcome === "unchanged" ? "nothing to propose" : `${outcome} #${number}: ${changed.join(", ")}\n${url}`;
