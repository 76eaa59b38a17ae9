import { execFile } from "node:child_process";
import { access, appendFile, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** What stands for an action on this machine. */
export type LocalAction = (
	inputs: Readonly<Record<string, string>>,
	job: { workspace: string; sha: string },
) => Promise<{ path?: string[]; outputs?: Record<string, string> }>;

const git = (...args: string[]) => promisify(execFile)("git", ["-c", "advice.detachedHead=false", ...args]);

/**
 * actions/checkout: a clean clone of a repository of this machine at the commit of the run, as deep as asked for.
 * @param origin what its remote `origin` is called, as GitHub would
 * @param installed folders that stand for what npm and pip would fetch: [in the clone, on this machine]
 */
export const checkoutOf =
	(repository: string, origin: string, installed: readonly (readonly [string, string])[] = []): LocalAction =>
	async (inputs, { workspace, sha }) => {
		const depth = Number(inputs["fetch-depth"] ?? 1);
		if (depth === 0) await git("clone", "--quiet", "--no-checkout", repository, workspace);
		else {
			await git("init", "--quiet", workspace);
			await git("-C", workspace, "remote", "add", "origin", origin);
			await git("-C", workspace, "fetch", "--quiet", `--depth=${depth}`, `file://${repository}`, sha);
		}
		await git("-C", workspace, "remote", "set-url", "origin", origin);
		await git("-C", workspace, "checkout", "--quiet", "--detach", sha);
		for (const [into, path] of installed) {
			await access(path);
			await mkdir(dirname(join(workspace, into)), { recursive: true });
			await symlink(path, join(workspace, into), "junction");
			await appendFile(join(workspace, ".git/info/exclude"), `/${into}\n`); // as a link it is no directory
		}
		return { outputs: { commit: sha } };
	};

/** actions/setup-node: the Node that runs this. */
export const setupNode: LocalAction = async () => ({ path: [join(process.execPath, "..")] });

/** The same, with the programs of a folder before all others. */
export const setupNodeBehind =
	(directory: string): LocalAction =>
	async (inputs, job) => ({ path: [directory, ...((await setupNode(inputs, job)).path ?? [])] });
