import { access, mkdir, open, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "../errors/errors.ts";
import { readBytes } from "./limits.ts";
import { readPipe } from "./pipes.ts";
import { retried } from "./retry.ts";

/** Bytes of a file that is read whole. One without end, such as a device, must not fill the memory. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * The bytes of a file or pipe. Failures are thrown with the path: those of Node, EFBIG when there are more than `most`,
 * and ENODATA when nobody writes into the pipe.
 */
export async function readWhole(path: string, most = MOST_BYTES): Promise<Buffer> {
	try {
		if ((await stat(path)).isFIFO()) return await readPipe(path, most);
		await using file = await open(path);
		const facts = await file.stat();
		if (facts.isFile() && facts.size <= most) return await file.readFile();
		return await readBytes(file.createReadStream({ autoClose: false }), most);
	} catch (error) {
		throw withPath(codeOf(error) === "EMSGSIZE" ? largerThan(most, path) : error, path);
	}
}

const largerThan = (most: number, path: string): Error =>
	Object.assign(new Error(`EFBIG: larger than ${most} bytes, read '${path}'`), { code: "EFBIG" });

/** The same as text. */
export const readText = async (path: string): Promise<string> => (await readWhole(path)).toString("utf8");

/** The text of a file, or undefined when there is none. Other failures are thrown, with the path. */
export const readTextIfExists = async (path: string): Promise<string | undefined> =>
	(await readWholeIfExists(path))?.toString("utf8");

/** The bytes of a file, or undefined when there is none. Other failures are thrown, with the path. */
export async function readWholeIfExists(path: string): Promise<Buffer | undefined> {
	try {
		return await readWhole(path);
	} catch (error) {
		if (codeOf(error) === "ENOENT") return undefined;
		throw error;
	}
}

/** Names of what is in a folder; none when there is no such folder. Other failures are thrown. */
export async function namesIn(folder: string): Promise<string[]> {
	try {
		return await readdir(folder);
	} catch (error) {
		if (codeOf(error) === "ENOENT") return [];
		throw error;
	}
}

/** Whether something is at a path that this process can see. */
export const isThere = (path: string): Promise<boolean> =>
	access(path).then(
		() => true,
		() => false,
	);

/**
 * Makes a folder and those above it that are missing; the topmost that it made, undefined when it was there.
 * Node's `recursive` never ends below a folder that takes none, such as /proc, and calls a read-only disk ENOENT.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<string | undefined> {
	if (await isFolder(path)) return undefined;
	const above = dirname(path);
	const first = above === path ? undefined : await makeFolder(above, mode);
	try {
		await mkdir(path, { mode });
		return first ?? path;
	} catch (error) {
		if (await isFolder(path)) return first; // another process made it meanwhile
		throw error;
	}
}

/** Whether a folder, or a link to one, is at a path. */
export const isFolder = async (path: string): Promise<boolean> =>
	(await stat(path).catch(() => undefined))?.isDirectory() === true;

interface LastLines {
	text: string;
	/** There are no more. */
	whole: boolean;
	/** Bytes of the file up to the end of its last whole line: what follows is read from there. */
	end: number;
}

/** The lines among the last `bytes` bytes of a file, the last one as far as it is written. No file has no lines. */
export async function readLastLines(path: string, bytes: number): Promise<LastLines> {
	try {
		await using file = await open(path);
		return await lastLinesOf(file, bytes);
	} catch (error) {
		if (codeOf(error) === "ENOENT") return { text: "", whole: true, end: 0 };
		throw withPath(error, path);
	}
}

/** The same of a file that is open. */
export async function lastLinesOf(file: FileHandle, bytes: number): Promise<LastLines> {
	const { size } = await file.stat();
	const from = Math.max(0, size - bytes);
	const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
	const tail = buffer.subarray(0, bytesRead);
	const start = from === 0 ? 0 : tail.indexOf("\n") + 1 || tail.length;
	return { text: tail.toString("utf8", start), whole: from === 0, end: from + tail.lastIndexOf("\n") + 1 };
}

/** What Windows says of a file that a virus scanner, an indexer or another process has open for a moment. */
const HELD: ReadonlySet<string> = new Set(["EACCES", "EBUSY", "EPERM"]);
/** Milliseconds until each further try. */
const PAUSES = [10, 40, 160, 640];

/** Does what must be done to a file, and on Windows again, for less than a second, while somebody else has it open. */
export const unlessHeld = <T>(work: () => Promise<T>): Promise<T> =>
	retried(work, (outcome, tries) => {
		const held = process.platform === "win32" && !outcome.ok && HELD.has(codeOf(outcome.error) ?? "");
		return held ? PAUSES[tries - 1] : undefined;
	});

/** Gives a file another name, in place of a file that has it. */
export const renameFile = (from: string, to: string): Promise<void> => unlessHeld(() => rename(from, to));

/** Removes a file; does nothing when there is none. */
export const removeFile = (path: string): Promise<void> => unlessHeld(() => rm(path, { force: true }));

/** The same for a file that means nothing any more: on a read-only disk it stays. */
export const removeStale = (path: string): Promise<void> =>
	removeFile(path).catch((error: unknown) => {
		if (codeOf(error) !== "EROFS") throw error;
	});

/**
 * The error with the path that a person knows. Node names none where reading or writing fails on an open file (a directory,
 * a full disk), and the one of a file that only stands for it: `instead`.
 */
export function withPath(error: unknown, path: string, instead?: string): unknown {
	if (!(error instanceof Error)) return error;
	const { path: named = path } = error as NodeJS.ErrnoException;
	return Object.assign(error, { path: named === instead ? path : named });
}
