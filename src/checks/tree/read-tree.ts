import { lstat, readFile, readdir } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { UserError, messageOf } from "../../errors/errors.ts";
import type { Shell } from "../../system/shell.ts";
import { SourceFile } from "./source-file.ts";
import { Tree } from "./tree.ts";

/** What is larger is data. */
const MAX_BYTES = 1024 * 1024;
const CONCURRENCY = 64;
const BOM = "\uFEFF";
/** Never sources, also where nobody ignores them. */
const NEVER = new Set([".git", "node_modules", "__pycache__", ".venv", "venv", ".cres"]);

interface Listed {
	path: string;
	executable: boolean | undefined;
}

/**
 * Reads the text files below `root`: in a git repository what git tracks or would track, else every file. Binary files
 * (a NUL byte in the first 8 kB), links and files of more than 1 MiB are listed and not read.
 * @throws UserError triage_tree_unreadable
 */
export async function readTree(root: string, shell: Shell, signal: AbortSignal): Promise<Tree> {
	const top = resolve(root);
	const listed = await listGit(top, shell, signal);
	const all = listed ?? (await listFolder(top));
	const skipped: { path: string; why: string }[] = [];
	const files: (SourceFile | undefined)[] = [];
	const waiting = all.entries();
	const lane = async () => {
		for (const [index, one] of waiting) {
			signal.throwIfAborted();
			files[index] = await readSource(top, one, skipped);
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, lane));
	const sources = files.filter((file) => file !== undefined);
	return new Tree({
		root: top,
		files: sources,
		paths: all.map(({ path }) => path),
		skipped,
		git: listed !== undefined,
	});
}

/** Undefined when git is absent or this is no repository. */
async function listGit(root: string, shell: Shell, signal: AbortSignal): Promise<Listed[] | undefined> {
	const options = { cwd: root, signal, timeoutMs: 20_000 };
	const run = (...args: string[]) => shell.run("git", ["-c", "core.quotePath=false", ...args], options);
	const answers = await Promise.all([
		run("ls-files", "-z", "--stage"),
		run("ls-files", "-z", "--others", "--exclude-standard"),
		run("ls-files", "-z", "--deleted"),
	]).catch(() => undefined);
	signal.throwIfAborted();
	if (!answers?.every(({ exitCode }) => exitCode === 0)) return undefined;
	const [staged, others, deleted] = answers.map(({ stdout }) => stdout.split("\0").filter((path) => path !== ""));
	const gone = new Set(deleted);
	const tracked = staged!.flatMap((line): Listed[] => {
		const [, mode, path] = /^(\d+) \S+ \d\t(.*)$/s.exec(line)!;
		return gone.has(path!) || mode === "160000" ? [] : [{ path: path!, executable: mode === "100755" }];
	});
	const untracked = others!.map((path): Listed => ({ path, executable: undefined }));
	const unique = new Map([...tracked, ...untracked].map((one) => [one.path, one]));
	return [...unique.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function listFolder(root: string): Promise<Listed[]> {
	try {
		const entries = await readdir(root, { recursive: true, withFileTypes: true });
		return entries
			.filter((entry) => entry.isFile())
			.map((entry) =>
				join(entry.parentPath, entry.name)
					.slice(root.length + 1)
					.split(sep)
					.join("/"),
			)
			.filter((path) => !path.split("/").some((part) => NEVER.has(part)))
			.toSorted()
			.map((path) => ({ path, executable: undefined }));
	} catch (error) {
		throw new UserError("triage_tree_unreadable", `${root} cannot be read: ${messageOf(error)}`, {
			hint: "give a folder: cres triage --static PATH",
			cause: error,
		});
	}
}

async function readSource(
	root: string,
	{ path, executable }: Listed,
	skipped: { path: string; why: string }[],
): Promise<SourceFile | undefined> {
	try {
		const stats = await lstat(join(root, path));
		if (!stats.isFile()) return undefined;
		if (stats.size > MAX_BYTES) return skip(`${stats.size} bytes, more than ${MAX_BYTES}`);
		const bytes = await readFile(join(root, path));
		if (bytes.subarray(0, 8192).includes(0)) return undefined;
		const text = bytes.toString("utf8");
		const marked = text.startsWith(BOM);
		const can = executable ?? (process.platform === "win32" ? undefined : (stats.mode & 0o111) !== 0);
		return new SourceFile(path, marked ? text.slice(1) : text, can, marked);
	} catch (error) {
		return skip(messageOf(error));
	}
	function skip(why: string): undefined {
		skipped.push({ path, why });
	}
}
