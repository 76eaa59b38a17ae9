import { posix, relative, resolve, sep } from "node:path";
import type { Diagnostic } from "./lint.ts";
import type { EntryModel } from "./model.ts";
import { planPath } from "./plan-file.ts";
import { claimedPaths } from "./reader.ts";
import { git, gitTop, type GitPorts } from "./staged.ts";
import { isNextDay } from "./zone.ts";

const UNCOMMITTED = /^0+$/;

/** The commit that a line comes from. */
interface Origin {
	commit: string;
	/** Date of its author in the author's zone. */
	day: string;
}

/**
 * Entries that claim a change of files which their commit did not touch, and dates that are those of another zone. Files
 * that git ignores are in no commit. Undefined where there is no repository.
 */
export async function lintAgainstGit(
	ports: GitPorts,
	entries: readonly EntryModel[],
): Promise<Diagnostic[] | undefined> {
	const top = await gitTop(ports);
	const blame =
		top === undefined ? undefined : await git(ports, ["blame", "--line-porcelain", "--", planPath(ports.root)]);
	if (top === undefined || blame === undefined) return undefined;
	const origins = originsOf(blame);
	const ignored = await ignoredOf(ports, [...new Set(entries.flatMap(claimedPaths))]);
	const commits = new Set(entries.map(({ lines }) => origins.get(lines.from)?.commit ?? ""));
	const touched = await filesOf(ports, top, [...commits]);
	return entries.flatMap((entry) => {
		const origin = origins.get(entry.lines.from);
		const files = touched.get(origin?.commit ?? "");
		if (!origin || !files) return [];
		return [...claimFaults(entry, origin, files, ignored), ...dayFaults(entry, origin)];
	});
}

function claimFaults(
	entry: EntryModel,
	{ commit }: Origin,
	files: readonly string[],
	ignored: ReadonlySet<string>,
): Diagnostic[] {
	const where = UNCOMMITTED.test(commit)
		? "among the changes since the last commit"
		: `in commit ${commit.slice(0, 8)}`;
	return entry.changes.flatMap(({ line, paths }) =>
		paths
			.filter((path) => !ignored.has(path) && !files.some((file) => isOf(file, path)))
			.map((path) => ({
				code: "claim-not-in-commit" as const,
				line,
				entry: null,
				message: `${path} is not ${where}`,
			})),
	);
}

/** An entry without a stamp is dated in the zone of its author. */
const dayFaults = ({ date, recorded, executedAt, lines }: EntryModel, { day, commit }: Origin): Diagnostic[] =>
	recorded === undefined && executedAt === undefined && isNextDay(date, day)
		? [
				{
					code: "zone-drift",
					line: lines.from,
					entry: null,
					message: `the heading says ${date}, commit ${commit.slice(0, 8)} is of ${day}`,
				},
			]
		: [];

/** The file itself, a file of the folder, or one of that name elsewhere. */
function isOf(file: string, path: string): boolean {
	const wanted = posix.normalize(path.replaceAll("\\", "/")).replace(/^\.\//, "").replace(/\/$/, "");
	return file === wanted || file.startsWith(`${wanted}/`) || file.endsWith(`/${wanted}`);
}

/** Line of the document → where it comes from. @see git-blame(1), the porcelain format */
function originsOf(blame: string): Map<number, Origin> {
	const origins = new Map<number, Origin>();
	let [commit, line, time, zone] = ["", 0, 0, "+0000"];
	for (const text of blame.split("\n")) {
		const head = /^([0-9a-f]{40,64}) \d+ (\d+)/.exec(text);
		if (head) [commit, line] = [head[1]!, Number(head[2])];
		else if (text.startsWith("author-time ")) time = Number(text.slice(12));
		else if (text.startsWith("author-tz ")) zone = text.slice(10);
		else if (text.startsWith("\t")) origins.set(line, { commit, day: dayOf(time, zone) });
	}
	return origins;
}

function dayOf(seconds: number, zone: string): string {
	const [, sign, hours, minutes] = /^([+-])(\d{2})(\d{2})$/.exec(zone) ?? ["", "+", "0", "0"];
	const offset = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -60_000 : 60_000);
	return new Date(seconds * 1000 + offset).toISOString().slice(0, 10);
}

/** Commit → paths below the project that it touched; for no commit: those that differ from the last one. */
async function filesOf(ports: GitPorts, top: string, commits: readonly string[]): Promise<Map<string, string[]>> {
	const here = (path: string): string => relative(ports.root, resolve(top, path)).split(sep).join("/");
	const found = new Map<string, string[]>();
	const made = commits.filter((commit) => commit !== "" && !UNCOMMITTED.test(commit));
	const log = ["-c", "core.quotePath=false", "log", "--no-walk", "--stdin", "--format=%x01%H", "--name-only"];
	const listed = await git(ports, [...log, "--no-renames", "-m"], `${made.join("\n")}\n`);
	for (const part of (listed ?? "").split("\u0001").slice(1)) {
		const [commit = "", ...names] = part.split("\n").filter((name) => name !== "");
		found.set(commit, [...(found.get(commit) ?? []), ...names.map(here)]);
	}
	const open = commits.find((commit) => UNCOMMITTED.test(commit));
	if (open !== undefined) {
		const status = await git(ports, ["status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"]);
		found.set(
			open,
			(status ?? "").split("\0").flatMap((name) => (name === "" ? [] : [here(name.slice(3))])),
		);
	}
	return found;
}

async function ignoredOf(ports: GitPorts, paths: readonly string[]): Promise<Set<string>> {
	if (paths.length === 0) return new Set();
	const listed = await git(ports, ["check-ignore", "-z", "--stdin"], paths.map((path) => `${path}\0`).join(""));
	return new Set((listed ?? "").split("\0"));
}
