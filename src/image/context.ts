import type { Dirent } from "node:fs";
import { lstat, readFile, readdir } from "node:fs/promises";
import { join, posix } from "node:path";
import { buffer } from "node:stream/consumers";
import { createHash } from "node:crypto";
import { UserError } from "../errors/errors.ts";
import { patternOf } from "./ignore.ts";

/** 1980-01-01: the one time of every file in an image (tools that know the ZIP epoch accept no earlier one). */
export const CLAMPED_SECONDS = 315_532_800;

/** Git's own files, which may be many. */
const NEVER_ENTERED = /(?:^|\/)\.git$/;

export interface ContextFile {
	/** Below the context's root, with `/`. */
	path: string;
	content: Buffer;
	executable: boolean;
}

/**
 * The files that the given paths and patterns take from `root`, sorted by path. The executable bit is Git's, not the
 * disk's, so that Windows and Linux agree.
 * @param isIgnored what stays out
 * @throws UserError context_file_missing, context_file_unsupported (a link or device)
 */
export async function readContext(
	root: string,
	patterns: readonly string[],
	executables: ReadonlySet<string>,
	isIgnored: (path: string) => boolean = () => false,
): Promise<ContextFile[]> {
	const found = await Promise.all(patterns.map((pattern) => expand(root, pattern, isIgnored)));
	const paths = [...new Set(found.flat())].sort();
	return Promise.all(
		paths.map(async (path) => ({
			path,
			content: await readFile(join(root, path)),
			executable: executables.has(path),
		})),
	);
}

async function expand(root: string, pattern: string, isIgnored: (path: string) => boolean): Promise<string[]> {
	const matches = await matching(root, pattern);
	const found = await Promise.all(matches.map((path) => walk(root, path, isIgnored)));
	const files = found.flat();
	if (files.length > 0 || (found.length > 0 && (await isEmpty(root, matches)))) return files;
	throw found.length > 0 ? ignored(pattern) : missing(pattern);
}

/** What a pattern takes below `root`, as Docker does: `*` takes names that begin with `.` too, and `{a,b}` is a name. */
async function matching(root: string, pattern: string): Promise<string[]> {
	if (!MAGIC.test(pattern)) return [pattern];
	let found = ["."];
	for (const part of pattern.split("/")) {
		const next = found.map((folder) => (part === "**" ? foldersBelow(root, folder) : namedIn(root, folder, part)));
		found = (await Promise.all(next)).flat();
	}
	return found;
}

const MAGIC = /[*?[]/;

async function namedIn(root: string, folder: string, part: string): Promise<string[]> {
	const named = patternOf(part.replaceAll(/\*+/g, "*"));
	const isMeant = (name: string): boolean => (MAGIC.test(part) ? named.test(name) : name === part);
	return (await entriesOf(root, folder))
		.filter(({ name }) => isMeant(name))
		.map(({ name }) => posix.join(folder, name));
}

/** The folder and every one below it. */
async function foldersBelow(root: string, folder: string): Promise<string[]> {
	if (NEVER_ENTERED.test(folder)) return [];
	const folders = (await entriesOf(root, folder)).filter((entry) => entry.isDirectory());
	return [
		folder,
		...(await Promise.all(folders.map(({ name }) => foldersBelow(root, posix.join(folder, name))))).flat(),
	];
}

/** None of a file, nor of a link: it may lead out of the context. */
async function entriesOf(root: string, folder: string): Promise<Dirent[]> {
	const isFolder = folder === "." || (await lstat(join(root, folder))).isDirectory();
	return isFolder ? readdir(join(root, folder), { withFileTypes: true }) : [];
}

/** Nothing was left out: there is nothing in it. */
const isEmpty = async (root: string, paths: readonly string[]): Promise<boolean> =>
	(await Promise.all(paths.map((path) => readdir(join(root, path)).catch(() => [path])))).flat().length === 0;

async function walk(root: string, path: string, isIgnored: (path: string) => boolean): Promise<string[]> {
	if (path !== "." && NEVER_ENTERED.test(path)) return [];
	const entry = await lstat(join(root, path)).catch(() => {
		throw missing(path);
	});
	if (entry.isFile()) return isIgnored(path) ? [] : [path];
	if (!entry.isDirectory() && isIgnored(path)) return [];
	if (!entry.isDirectory())
		throw new UserError("context_file_unsupported", `${path} is neither file nor directory`, {
			hint: `replace ${path} by a regular file: links and devices are not put into images`,
		});
	const names = await readdir(join(root, path));
	return (await Promise.all(names.map((name) => walk(root, posix.join(path, name), isIgnored)))).flat();
}

const ignored = (path: string) =>
	new UserError("context_file_ignored", `the Dockerfile copies ${path}, all of which Git or .dockerignore leaves out`, {
		hint: `commit ${path}, make it in a stage of the Dockerfile, or correct .gitignore and .dockerignore`,
	});

const missing = (path: string) =>
	new UserError("context_file_missing", `the Dockerfile copies ${path}, which does not exist`, {
		hint: `make ${path}, or correct image.context in cres.yaml`,
	});

/** Hash over names, executable bits and contents: 64 hex digits. */
export function contextHash(files: readonly ContextFile[]): string {
	const hash = createHash("sha256");
	for (const { path, content, executable } of files)
		hash.update(`${path}\0${executable ? "x" : "-"}\0${content.byteLength}\0`).update(content);
	return hash.digest("hex");
}

/** The files as a tar with their directories; equal files give equal bytes on every host and day. */
export async function contextTar(files: readonly ContextFile[]): Promise<Buffer> {
	const { pack } = await import("tar-stream");
	const tar = pack();
	const bytes = buffer(tar);
	const clamped = { mtime: new Date(CLAMPED_SECONDS * 1000), uid: 0, gid: 0 };
	const directories = [...new Set(files.flatMap(({ path }) => parentsOf(path)))].sort();
	for (const name of directories) tar.entry({ ...clamped, name: `${name}/`, type: "directory", mode: 0o755 });
	for (const { path, content, executable } of files.toSorted(byPath))
		tar.entry({ ...clamped, name: path, mode: executable ? 0o755 : 0o644 }, content);
	tar.finalize();
	return bytes;
}

const byPath = (a: ContextFile, b: ContextFile): number => (a.path < b.path ? -1 : 1);

function parentsOf(path: string): string[] {
	const parts = path.split("/").slice(0, -1);
	return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
