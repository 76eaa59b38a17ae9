import { relative, resolve, sep } from "node:path";
import { UserError } from "../errors/errors.ts";
import type { Shell } from "../system/shell.ts";
import { codeSpan } from "./code-span.ts";
import { PLAN_FILE } from "./plan-file.ts";

const MOST_SHOWN = 100;
/** Letters of `git diff --name-status` (git-diff(1), --diff-filter). */
const SAYS: Readonly<Record<string, string>> = { A: " (new)", D: " (deleted)", T: " (another type)" };

export interface GitPorts {
	root: string;
	shell: Shell;
	signal: AbortSignal;
}

/** What git prints, undefined when it fails or is not installed. */
export async function git(
	{ root, shell, signal }: GitPorts,
	args: readonly string[],
	input?: string,
): Promise<string | undefined> {
	const options = { cwd: root, signal, ...(input === undefined ? {} : { input }) };
	const result = await shell.run("git", args, options).catch(() => undefined);
	signal.throwIfAborted();
	return result?.exitCode === 0 ? result.stdout : undefined;
}

/** Top of the repository around the project, or undefined. */
export async function gitTop(ports: GitPorts): Promise<string | undefined> {
	const up = await git(ports, ["rev-parse", "--show-cdup"]);
	return up === undefined ? undefined : resolve(ports.root, up.replace(/\r?\n$/, "") || ".");
}

/**
 * The files that are staged, as changes of an entry: paths below the project's directory, docs/PLAN.md left out.
 * @throws UserError plan_no_changes (usage) when there are none
 */
export async function stagedChanges(ports: GitPorts): Promise<string[]> {
	const top = await gitTop(ports);
	const listed = top === undefined ? undefined : await git(ports, ["diff", "--cached", "--name-status", "-M", "-z"]);
	const here = (path: string): string => relative(ports.root, resolve(top!, path)).split(sep).join("/");
	const changes = statusesOf(listed ?? "")
		.map((one) => ({ ...one, paths: one.paths.map(here) }))
		.filter(({ paths }) => paths.at(-1) !== PLAN_FILE)
		.map(({ letter, paths }) => changeText(letter, paths));
	if (changes.length === 0)
		throw new UserError("plan_no_changes", "no --change was given, and git has nothing staged", {
			hint: "git add what the entry is about, or say it: --change 'what was changed'",
		});
	const more = changes.length - MOST_SHOWN;
	return more > 0 ? [...changes.slice(0, MOST_SHOWN), `and ${more} more files`] : changes;
}

/** Fields end with NUL: a letter, then a path, or two of a rename; with -M git names no copies. */
function statusesOf(text: string): { letter: string; paths: string[] }[] {
	const fields = text.split("\0");
	const found = [];
	for (let at = 0; at + 1 < fields.length;) {
		const letter = fields[at]!.slice(0, 1);
		const count = letter === "R" ? 2 : 1;
		found.push({ letter, paths: fields.slice(at + 1, at + 1 + count) });
		at += 1 + count;
	}
	return found;
}

function changeText(letter: string, paths: readonly string[]): string {
	const [first, second] = paths.map(codeSpan);
	if (second !== undefined) return `${second} (was ${first})`;
	return `${first}${SAYS[letter] ?? ""}`;
}
