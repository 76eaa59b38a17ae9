import { closeSync, lstatSync, openSync, readFileSync, readSync } from "node:fs";
import { join, resolve } from "node:path";
import { dirname } from "node:path/posix";
import { setImmediate } from "node:timers/promises";
import { messageOf } from "../../errors/errors.ts";
import type { Shell } from "../../system/shell.ts";
import { keepYoungHeap } from "../../system/young-heap.ts";
import { listFolder, listGit, type Listed } from "./list-files.ts";
import { isData } from "./shape.ts";
import { SourceFile } from "./source-file.ts";
import { Tree, type Skipped } from "./tree.ts";

/** What is larger is data. */
export const MAX_BYTES = 1024 * 1024;
/** Files that are read before anything else may happen. */
const AT_ONCE = 100;
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
	const isLinked = linksIn(top);
	const files: SourceFile[] = [];
	for (const [index, one] of all.entries()) {
		if (index % AT_ONCE === 0) {
			await setImmediate(); // a signal of the operator is heard in between
			keepYoungHeap();
		}
		signal.throwIfAborted();
		if (!isLinked(dirname(one.path))) files.push(...readSource(top, one, skipped));
	}
	return new Tree({
		root: top,
		files,
		paths: all.map(({ path }) => path),
		skipped,
		git: listed !== undefined,
	});
}

/**
 * Whether a folder below `root`, or one above it, is a symbolic link: git lists what was in it before, and it may lead
 * anywhere.
 */
function linksIn(root: string): (folder: string) => boolean {
	const known = new Map([[".", false]]);
	const isLinked = (folder: string): boolean => {
		const found = known.get(folder) ?? (isLinked(dirname(folder)) || isLink(join(root, folder)));
		known.set(folder, found);
		return found;
	};
	return isLinked;
}

function isLink(path: string): boolean {
	try {
		return lstatSync(path).isSymbolicLink();
	} catch {
		return false; // it is gone
	}
}

/** Without promises, which take longer than the calls that they wait for: sources are small, and their disk is here. */
function readSource(root: string, listed: Listed, skipped: Skipped[]): SourceFile[] {
	const path = join(root, listed.path);
	try {
		const stats = lstatSync(path);
		if (!stats.isFile()) return [];
		if (stats.size > MAX_BYTES) {
			if (!isBinary(path))
				skipped.push({ path: listed.path, why: `${stats.size} bytes, more than ${MAX_BYTES}`, large: true });
			return [];
		}
		const mode = process.platform === "win32" ? undefined : (stats.mode & 0o111) !== 0;
		const bytes = readFileSync(path);
		const source = sourceOf(listed.path, bytes, listed.executable ?? mode);
		if (source === undefined && isText(bytes))
			skipped.push({ path: listed.path, why: "repetitive, or one very long line", large: true });
		return source === undefined ? [] : [source];
	} catch (error) {
		skipped.push({ path: listed.path, why: messageOf(error), large: false });
		return [];
	}
}

function isBinary(path: string): boolean {
	const file = openSync(path, "r");
	try {
		const head = Buffer.alloc(HEAD_BYTES);
		return !isText(head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0)));
	} finally {
		closeSync(file);
	}
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
