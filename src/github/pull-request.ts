import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { readFile, realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { UserError, codeOf } from "../errors/errors.ts";
import type { GitHub } from "./client.ts";
import { assertBranch, assertTitle } from "./names.ts";

export interface Change {
	/** Branch that holds the change and nothing else; made or moved. */
	branch: string;
	title: string;
	/** Top of the working tree. */
	root: string;
	/** Files whose content in the tree is proposed, from the top. */
	paths: readonly string[];
	/** Only say what would be done. */
	dryRun: boolean;
}

/** What `cres ci pull-request` returns under --json. */
export interface PullRequest {
	/** `unchanged`: the default branch has these contents, so nothing was done. `planned`: it would be opened or updated. */
	outcome: "opened" | "updated" | "unchanged" | "planned";
	/** Null when nothing was done and none is open. */
	number: number | null;
	url: string | null;
	/** The files that differ. */
	changed: string[];
}

/** As it stands in Git: a path with `/`, the mode of a plain file or of a program. */
interface File {
	path: string;
	content: string;
	mode: "100644" | "100755";
}

interface Calls {
	owner: string;
	ask: GitHub["request"];
	/** @throws UserError github_not_found */
	must: <T>(route: string, parameters: object, schema: z.ZodType<T>) => Promise<T>;
}

/**
 * Proposes the content of files of the working tree: one commit on top of the default branch, made by the API and so
 * signed by GitHub, and one pull request, which a later call updates.
 * @throws UserError change_unreadable, branch_invalid, title_invalid, branch_is_base (usage), github_not_found, and those
 * of the client
 */
export async function proposeChange(
	github: Pick<GitHub, "repository" | "request">,
	change: Change,
): Promise<PullRequest> {
	assertBranch(change.branch);
	assertTitle(change.title);
	const files = await Promise.all(change.paths.map((path) => readChange(change.root, path)));
	const calls = callsFor(github);
	const { default_branch: base } = await calls.must("GET ", {}, z.object({ default_branch: z.string() }));
	const { branch: head, title } = change;
	if (head === base) throw branchIsBase(head);
	const { object } = await calls.must("GET /git/ref/heads/{base}", { base }, refSchema);
	const changed = await differing(calls, object.sha, files);
	const paths = changed.map(({ path }) => path);
	if (changed.length === 0) return { outcome: "unchanged", number: null, url: null, changed: paths };
	if (!change.dryRun) await commitOn(calls, object.sha, change, changed);
	const open = { state: "open", head: `${calls.owner}:${head}`, base };
	const [there] = await calls.must("GET /pulls", open, z.array(pullSchema));
	if (change.dryRun)
		return { outcome: "planned", number: there?.number ?? null, url: there?.html_url ?? null, changed: paths };
	const pull = there ?? (await calls.must("POST /pulls", { title, head, base, body: bodyOf(paths) }, pullSchema));
	return { outcome: there ? "updated" : "opened", number: pull.number, url: pull.html_url, changed: paths };
}

function callsFor({ repository, request: ask }: Pick<GitHub, "repository" | "request">): Calls {
	const must: Calls["must"] = async (...of) => (await ask(...of)) ?? notFound(repository);
	return { owner: repository.split("/")[0]!, ask, must };
}

/** The files that a commit does not hold as they are here. */
async function differing({ ask }: Calls, ref: string, files: readonly File[]): Promise<File[]> {
	const held = await Promise.all(files.map(({ path }) => ask("GET /contents/{path}", { path, ref }, shaSchema)));
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
	const entries = files.map((file) => ({ ...file, type: "blob" }));
	const tree = await must("POST /git/trees", { base_tree: parent, tree: entries }, shaSchema);
	const { sha } = await must("POST /git/commits", { message: title, tree: tree.sha, parents: [parent] }, shaSchema);
	if (await ask("GET /git/ref/heads/{branch}", { branch }, refSchema))
		await must("PATCH /git/refs/heads/{branch}", { branch, sha, force: true }, refSchema);
	else await must("POST /git/refs", { ref: `refs/heads/${branch}`, sha }, refSchema);
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

/** What lies outside, also behind a link, is not the repository's; the API takes the content of a tree as text only. */
async function readChange(root: string, path: string): Promise<File> {
	const [top, file] = await Promise.all([realpath(root), realpath(resolve(root, path))]).catch((cause: unknown) => {
		throw unreadable(path, `cannot be read (${codeOf(cause) ?? "unknown"})`, cause);
	});
	const inside = relative(top, file);
	if (inside === "" || isAbsolute(inside) || inside.split(sep)[0] === "..")
		throw unreadable(path, "is outside of the working tree");
	const [bytes, { mode }] = await Promise.all([readFile(file), stat(file)]).catch((cause: unknown) => {
		throw unreadable(path, `cannot be read (${codeOf(cause) ?? "unknown"})`, cause);
	});
	if (!isUtf8(bytes)) throw unreadable(path, "is not text in UTF-8");
	const isProgram = (mode & 0o111) !== 0;
	return { path: inside.replaceAll(sep, "/"), content: bytes.toString(), mode: isProgram ? "100755" : "100644" };
}

const unreadable = (path: string, why: string, cause?: unknown): UserError =>
	new UserError("change_unreadable", `${path} ${why}`, {
		hint: "name text files of the working tree, from its top",
		cause,
	});

const branchIsBase = (branch: string): UserError =>
	new UserError("branch_is_base", `${branch} is the default branch: it would be replaced`, {
		hint: "give the change a branch of its own, as in --branch cres/lock",
	});

function notFound(repository: string): never {
	throw new UserError("github_not_found", `GitHub shows no ${repository} to this token, or not all of it`, {
		hint: "check github.repository in cres.yaml and what GITHUB_TOKEN may read",
	});
}

/** One line for people. */
export function renderPullRequest({ outcome, number, url, changed }: PullRequest): string {
	if (outcome === "unchanged") return "nothing to propose";
	const files = changed.join(", ");
	if (outcome === "planned") return `would propose ${files}${number === null ? "" : ` in #${number}\n${url}`}`;
	return `${outcome} #${number}: ${files}\n${url}`;
}
