import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Ignore } from "ignore";
import { UserError, messageOf } from "../../errors/errors.ts";
import type { Shell } from "../../system/shell.ts";
import type { Skipped } from "./tree.ts";

/** A file, read or not. */
export interface Listed {
	/** From the root, with slashes. */
	path: string;
	/** What git says; undefined where it does not know the file. */
	executable: boolean | undefined;
}

/** Never sources, also where nobody ignores them. */
const NEVER = new Set([".git", "node_modules", "__pycache__", ".venv", "venv", ".cres"]);
const GIT_MS = 20_000;

/** A repository of strangers may name programs in its configuration: git runs none of them. */
export const git = (...args: string[]): string[] => [
	...["-c", "core.quotePath=false", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"],
	...args,
];

/** Nor does it fetch what a partial clone lacks: the address may name a program, or one that asks for a password. */
export const GIT_ALONE: Readonly<Record<string, string>> = { GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "none" };

/**
 * What git tracks or would track below a folder. Undefined when git is absent or this is no repository, and where nothing
 * is tracked nor would be: the folder itself may be ignored.
 */
export async function listGit(root: string, shell: Shell, signal: AbortSignal): Promise<Listed[] | undefined> {
	const options = { cwd: root, signal, timeoutMs: GIT_MS, env: GIT_ALONE };
	const run = (...args: string[]) => shell.run("git", git(...args), options);
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
	const untracked = others!
		.filter((path) => !path.endsWith("/") && !isNever(path)) // ends so: another repository
		.map((path): Listed => ({ path, executable: undefined }));
	const unique = new Map([...tracked, ...untracked].map((one) => [one.path, one]));
	return unique.size === 0 ? undefined : [...unique.values()].toSorted(byPath);
}

const isNever = (path: string): boolean => path.split("/").some((part) => NEVER.has(part));
const byPath = (a: Listed, b: Listed): number => (a.path < b.path ? -1 : 1);

/** The same without git: every file that no .gitignore names. Links are not followed. @throws UserError triage_tree_unreadable */
export async function listFolder(root: string, skipped: Skipped[], signal: AbortSignal): Promise<Listed[]> {
	const { default: ignore } = await import("ignore");
	const files: Listed[] = [];
	const walk = async (folder: string, rules: readonly Rule[]): Promise<void> => {
		signal.throwIfAborted();
		const entries = await readdir(join(root, folder), { withFileTypes: true });
		const here = entries.some(({ name }) => name === ".gitignore")
			? [...rules, { folder, matcher: ignore().add(await readRules(join(root, folder, ".gitignore"))) }]
			: rules;
		for (const entry of entries) {
			const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
			if (NEVER.has(entry.name) || ignored(here, entry.isDirectory() ? `${path}/` : path)) continue;
			if (entry.isFile()) files.push({ path, executable: undefined });
			if (entry.isDirectory()) await walk(path, here).catch((error: unknown) => left(path, error));
		}
	};
	const left = (path: string, error: unknown) => {
		signal.throwIfAborted();
		skipped.push({ path, why: messageOf(error), large: false });
	};
	try {
		await walk("", []);
	} catch (error) {
		signal.throwIfAborted();
		throw new UserError("triage_tree_unreadable", `${root} cannot be read: ${messageOf(error)}`, {
			hint: "give a folder: cres triage --static PATH",
			cause: error,
		});
	}
	return files.toSorted(byPath);
}

interface Rule {
	folder: string;
	matcher: Ignore;
}

const readRules = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

const ignored = (rules: readonly Rule[], path: string): boolean =>
	rules.some(({ folder, matcher }) => matcher.ignores(folder === "" ? path : path.slice(folder.length + 1)));
