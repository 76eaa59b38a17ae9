import { UserError } from "../errors/errors.ts";
import type { Shell } from "../system/shell.ts";

/** What Git knows about the sources of an image. */
export interface Revision {
	/** Commit that last touched them. */
	commit: string;
	/** RFC 3339 time of that commit in UTC. */
	created: string;
	/** Changed, deleted or new files that are not committed; empty when clean. */
	uncommitted: string[];
	/** What Git ignores among them; a directory ends in `/` and stands for all that is in it. */
	ignored: string[];
	/** Files of theirs that Git marks as executable. */
	executables: ReadonlySet<string>;
}

/** Reads Git in `root` for `paths` below it. @throws UserError git_missing, not_a_repository, no_commit, shallow_clone */
export async function readRevision(
	shell: Shell,
	root: string,
	paths: readonly string[],
	signal: AbortSignal,
): Promise<Revision> {
	const git = gitIn(shell, root, signal);
	const [log, status, index, others] = await Promise.all([
		git("log", "-1", "--format=%H %ct %P", "--", ...paths),
		git("status", "--porcelain", "-z", "--untracked-files=all", "--", ...paths),
		git("ls-files", "--stage", "-z", "--", ...paths),
		git("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z", "--", ...paths),
	]);
	const [commit, seconds, parent] = log.trim().split(" ");
	if (!commit) throw noCommit(root);
	// where the history of a shallow clone ends, every file seems to be new; the commit itself still names its parent
	if (!parent && /^parent /m.test(headerOf(await git("cat-file", "commit", commit)))) throw shallow(root);
	return {
		...{ commit, created: rfc3339(Number(seconds)), ...parseStatus(status), executables: parseExecutables(index) },
		ignored: others.split("\0").filter((path) => path !== ""),
	};
}

/** What a command of Git prints there. */
const gitIn =
	(shell: Shell, root: string, signal: AbortSignal) =>
	async (...args: string[]): Promise<string> => {
		const argv = ["-c", "core.quotePath=false", ...args];
		const result = await shell.run("git", argv, { cwd: root, signal }).catch((error: unknown) => {
			signal.throwIfAborted();
			throw new UserError("git_missing", "git cannot be started", { hint: "install git", cause: error });
		});
		if (result.exitCode === 0) return result.stdout;
		throw /does not have any commits/.test(result.stderr) ? noCommit(root) : notRepository(root, result.stderr);
	};

const headerOf = (commit: string): string => commit.split("\n\n", 1)[0]!;

const rfc3339 = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");

const parseStatus = (text: string): { uncommitted: string[] } => ({
	uncommitted: text
		.split("\0")
		.filter((entry) => /^[ MTADRCU?]{2} /.test(entry))
		.map((entry) => entry.slice(3)),
});

const parseExecutables = (text: string): Set<string> =>
	new Set(
		text
			.split("\0")
			.filter((entry) => entry.startsWith("100755 "))
			.map((entry) => entry.slice(entry.indexOf("\t") + 1)),
	);

/** @throws UserError tree_dirty */
export function assertClean({ uncommitted }: Revision): void {
	if (uncommitted.length === 0) return;
	const shown = uncommitted.slice(0, 5).join(", ");
	const more = uncommitted.length > 5 ? ` and ${uncommitted.length - 5} more` : "";
	throw new UserError("tree_dirty", `not committed: ${shown}${more}`, {
		hint: "commit, or add --allow-dirty, which marks the build id",
	});
}

const shallow = (root: string) =>
	new UserError(
		"shallow_clone",
		`${root} is a shallow clone without the commit that last touched the image's sources`,
		{
			hint: "git fetch --unshallow; in GitHub Actions give actions/checkout fetch-depth: 0",
		},
	);

const noCommit = (root: string) =>
	new UserError("no_commit", `${root} has no commit of the image's sources`, {
		hint: "git add and git commit them: revision and time of an image come from its commit",
	});

const notRepository = (root: string, stderr: string) =>
	new UserError("not_a_repository", `git cannot read ${root}: ${stderr.trim().split("\n")[0]}`, {
		hint: "run cres where cres.yaml is in a Git repository, or correct image.context",
	});
