import { execFile } from "node:child_process";
import { appendFile, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import { ROOT } from "../sources.ts";
import { checkoutOf, setupNode } from "./local-actions.ts";
import type { RunOptions } from "./run.ts";

const WHO = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];

/** What would stand at GitHub: a clone of this tree's last commit with a cres.yaml of its own. */
export interface Repository extends AsyncDisposable {
	directory: string;
	git: (...args: string[]) => Promise<string>;
	commit(message: string): Promise<void>;
	/** Adds a line to a file and commits it. */
	change(path: string, line: string): Promise<void>;
}

/** @param settings cres.yaml */
export async function makeRepository(settings: object): Promise<Repository> {
	const directory = await mkdtemp(join(tmpdir(), "cres-repository-"));
	const git = async (...args: string[]) =>
		(await promisify(execFile)("git", [...WHO, ...args], { cwd: directory })).stdout.trim();
	await git("clone", "--quiet", ROOT, ".");
	await appendFile(join(directory, ".git/info/exclude"), "node_modules\n"); // as links they are no directories
	const commit = async (message: string) => {
		await git("add", "--all");
		await git("commit", "--quiet", "--message", message);
	};
	await writeFile(join(directory, "cres.yaml"), stringify(settings));
	await allowPlain(join(directory, "docs", "Perimeter.md"));
	await commit("Configure cres");
	const change = async (path: string, line: string) => {
		await appendFile(join(directory, path), line);
		await commit(`Change ${path}`);
	};
	const dispose = () => rm(directory, { recursive: true, force: true });
	return { directory, git, commit, change, [Symbol.asyncDispose]: dispose };
}

/** Adds a row for what the settings name in clear: a server of this machine. */
async function allowPlain(path: string): Promise<void> {
	const text = await readFile(path, "utf8");
	const table = /^## Allowed on instances\n[^#]*?\n\|[-| ]+\|\n/m;
	if (!table.test(text)) throw new Error(`${path} has no table of "Allowed on instances"`);
	await writeFile(path, text.replace(table, "$&| `0.0.0.0/0` | | plain: allowed because it is this machine |\n"));
}

/** Folders of packages: [in a clone, in this tree]. */
export const PACKAGES = ["node_modules", "images/node_modules"].map((path) => [path, join(ROOT, path)] as const);

/** Gives the clone the packages of this tree, as npm ci would. */
export const linkPackages = async (directory: string): Promise<void> => {
	for (const [path, target] of PACKAGES) await symlink(target, join(directory, path));
};

/** What a run of its last commit is given, with the actions that stand for GitHub's. */
export async function pushedBy(
	{ directory, git }: Pick<Repository, "directory" | "git">,
	actor: string,
): Promise<Pick<RunOptions, "github" | "event" | "actions">> {
	const sha = await git("rev-parse", "HEAD");
	const repository = "owner/app";
	const checkout = checkoutOf(directory, `https://github.com/${repository}`, PACKAGES);
	return {
		github: { sha, ref: "refs/heads/main", repository, actor, event_name: "push" },
		event: { repository: { default_branch: "main" } },
		actions: { "actions/checkout": checkout, "actions/setup-node": setupNode },
	};
}
