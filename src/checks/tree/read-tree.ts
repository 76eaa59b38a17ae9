import { lstat, open, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { dirname } from "node:path/posix";
import { messageOf } from "../../errors/errors.ts";
import type { Shell } from "../../system/shell.ts";
import { listFolder, listGit, type Listed } from "./list-files.ts";
import { isData } from "./shape.ts";
import { SourceFile } from "./source-file.ts";
import { Tree, type Skipped } from "./tree.ts";

/** What is larger is data. */
export const MAX_BYTES = 1024 * 1024;
const CONCURRENCY = 64;
const BOM = "\uFEFF";
/** Bytes that are looked at for a NUL, as git does. */
const HEAD_BYTES = 8192;

/**
 * Reads the text files below `root`: in a git repository what git tracks or would track, else every file that no
 * .gitignore names. Binary files (a NUL byte in the first 8 kB), links, files of more than 1 MiB and those that are data by
 * their form are listed and not read. @throws UserError triage_tree_unreadable
 */
export async function readTree(root: string, shell: Shell, signal: AbortSignal): Promise<Tree> {
	const top = resolve(root);
	const skipped: Skipped[] = [];
	const listed = await listGit(top, shell, signal);
	const all = listed ?? (await listFolder(top, skipped, signal));
	const linked = linksIn(top);
	const files: (SourceFile | undefined)[] = [];
	const waiting = all.entries();
	const lane = async () => {
		for (const [index, one] of waiting) {
			signal.throwIfAborted();
			if (!(await linked(dirname(one.path)))) files[index] = await readSource(top, one, skipped);
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, lane));
	return new Tree({
		root: top,
		files: files.filter((file) => file !== undefined),
		paths: all.map(({ path }) => path),
		skipped,
		git: listed !== undefined,
	});
}

/**
 * Whether a folder below `root`, or one above it, is a symbolic link: git lists what was in it before, and it may lead
 * anywhere.
 */
function linksIn(root: string): (folder: string) => Promise<boolean> {
	const known = new Map<string, Promise<boolean>>([[".", Promise.resolve(false)]]);
	const look = async (folder: string): Promise<boolean> =>
		(await isLinked(dirname(folder))) ||
		lstat(join(root, folder)).then(
			(stats) => stats.isSymbolicLink(),
			() => false,
		);
	const isLinked = (folder: string): Promise<boolean> => {
		const found = known.get(folder) ?? look(folder);
		known.set(folder, found);
		return found;
	};
	return isLinked;
}

async function readSource(root: string, listed: Listed, skipped: Skipped[]): Promise<SourceFile | undefined> {
	const path = join(root, listed.path);
	try {
		const stats = await lstat(path);
		if (!stats.isFile()) return undefined;
		if (stats.size > MAX_BYTES) {
			if (!(await isBinary(path)))
				skipped.push({ path: listed.path, why: `${stats.size} bytes, more than ${MAX_BYTES}`, large: true });
			return undefined;
		}
		const mode = process.platform === "win32" ? undefined : (stats.mode & 0o111) !== 0;
		const bytes = await readFile(path);
		const source = sourceOf(listed.path, bytes, listed.executable ?? mode);
		if (source === undefined && isText(bytes))
			skipped.push({ path: listed.path, why: "repetitive, or one very long line", large: true });
		return source;
	} catch (error) {
		skipped.push({ path: listed.path, why: messageOf(error), large: false });
		return undefined;
	}
}

async function isBinary(path: string): Promise<boolean> {
	await using file = await open(path);
	const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
	return buffer.subarray(0, bytesRead).includes(0);
}

const isText = (bytes: Buffer): boolean => !bytes.subarray(0, HEAD_BYTES).includes(0);

/** A text file by its bytes; undefined: a binary one, or data by its form. */
export function sourceOf(path: string, bytes: Buffer, executable: boolean | undefined): SourceFile | undefined {
	if (!isText(bytes)) return undefined;
	const text = bytes.toString("utf8");
	if (isData(path, text)) return undefined;
	const marked = text.startsWith(BOM);
	return new SourceFile(path, marked ? text.slice(1) : text, executable, marked);
}
