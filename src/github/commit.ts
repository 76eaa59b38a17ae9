import { UserError } from "../errors/errors.ts";
import type { Shell } from "../system/shell.ts";
import type { GitHub } from "./client.ts";

/** What finds a commit. */
export interface CommitPorts {
	github: GitHub;
	shell: Shell;
	/** Directory of cres.yaml. */
	root: string;
	signal: AbortSignal;
}

const SHA = /^[0-9a-f]{4,64}$/;
const WHOLE = 40;

/**
 * The whole SHA of a commit; without one, or for `HEAD`, that of the working tree.
 * @throws UserError commit_unknown, commit_ambiguous (usage), and those of GitHub
 */
export async function commitOf(ports: CommitPorts, given: string | undefined): Promise<string> {
	const sha = given === undefined || given === "HEAD" ? await head(ports) : given.toLowerCase();
	if (!SHA.test(sha)) throw unknown(given!, "is no SHA: give 4 to 40 hex digits, or HEAD");
	const local = sha.length < WHOLE ? await localCommits(ports, sha) : [];
	if (local.length > 1) throw ambiguous(sha, local);
	const found = await ports.github.commit(local[0] ?? sha);
	if (found !== undefined) return found;
	const whole = sha.length < WHOLE ? local[0] : sha;
	if (whole !== undefined) throw unknown(whole, `is not on ${ports.github.repository}`);
	throw unknown(sha, `is no commit of ${ports.github.repository}, or of several`);
}

async function head(ports: CommitPorts): Promise<string> {
	const sha = (await git(ports, "rev-parse", "--verify", "--quiet", "HEAD"))?.trim();
	if (sha !== undefined) return sha;
	throw new UserError("commit_unknown", `${ports.root} has no commit`, { hint: "name one: cres ci status SHA" });
}

/** Commits of the working tree whose SHA begins so; none where there is no repository. */
async function localCommits(ports: CommitPorts, sha: string): Promise<string[]> {
	const objects = (await git(ports, "rev-parse", `--disambiguate=${sha}`))?.split("\n").filter(Boolean) ?? [];
	const commits = await Promise.all(
		objects.map(async (object) => (await git(ports, "cat-file", "-t", object))?.trim() === "commit"),
	);
	return objects.filter((_, at) => commits[at]);
}

/** What git says; undefined where it fails. */
async function git({ shell, root, signal }: CommitPorts, ...args: string[]): Promise<string | undefined> {
	const result = await shell.run("git", args, { cwd: root, signal }).catch(() => signal.throwIfAborted());
	return result?.exitCode === 0 ? result.stdout : undefined;
}

const unknown = (sha: string, why: string) =>
	new UserError("commit_unknown", `${sha} ${why}`, { hint: "push it, or take one that git log shows" });

const ambiguous = (sha: string, commits: readonly string[]) =>
	new UserError("commit_ambiguous", `${commits.length} commits begin with ${sha}`, {
		hint: `give more digits: ${commits.slice(0, 5).join(", ")}`,
	});
