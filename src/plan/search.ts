import { open, readdir } from "node:fs/promises";
import { join, posix } from "node:path";
import { createContext, runInContext } from "node:vm";
import { NotLookedAt, findInside } from "./place.ts";

/** Of one file. */
const MOST_BYTES = 2_000_000;
/** Of all files of one check. */
const MOST_IN_ALL = 200_000_000;
const MOST_FILES = 20_000;
/** Of a line that a regular expression is held against. */
const LONGEST_LINE = 100_000;
/** Milliseconds for all files of one check. */
const MOST_MS = 3_000;
const BINARY_HEAD = 8_000;
/** What a folder's name stands for does not include these, nor docs/PLAN.md, which holds every pattern. */
const SKIPPED = new Set(["node_modules", ".git", ".cres"]);

/** Where a text is found first. `line`: counted from 1. */
interface Hit {
	file: string;
	line: number;
}

/** What a search of a file, or of the files of a folder, saw. */
export interface Seen {
	/** Number of text files. */
	searched: number;
	hit: Hit | undefined;
	missing: boolean;
}

export interface SearchOptions {
	root: string;
	kind: "text" | "regex";
	pattern: string;
	signal: AbortSignal;
}

/** How the first line of a text that matches is found; undefined where none does. Made once for a check. */
export type Finder = (text: string) => number | undefined;

/**
 * The first line that holds the pattern. A regular expression runs in a context of its own, which is stopped when it takes
 * longer than 3 s in all: those of strangers may go back and forth for ever.
 */
export function finderOf({ kind, pattern }: Pick<SearchOptions, "kind" | "pattern">): Finder {
	if (kind === "text") return (text) => lineOfText(text, pattern);
	const world: { lines: string[]; source: string } = { lines: [], source: pattern };
	const context = createContext(world);
	let left = MOST_MS;
	return (text) => {
		world.lines = linesIn(text);
		const started = performance.now();
		const at = inTime(() =>
			runInContext("{ const re = new RegExp(source); lines.findIndex((line) => re.test(line)); }", context, {
				timeout: Math.max(1, Math.ceil(left)),
			}),
		);
		left -= performance.now() - started;
		if (at >= 0) return at + 1;
		if (left <= 0) throw tooSlow();
		return undefined;
	};
}

function inTime(run: () => unknown): number {
	try {
		return Number(run());
	} catch (error) {
		if ((error as { code?: string }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") throw tooSlow();
		throw new NotLookedAt(`the regular expression failed: ${String(error)}`);
	}
}

const tooSlow = (): NotLookedAt => new NotLookedAt(`the regular expression took longer than ${MOST_MS / 1000} s`);

const linesIn = (text: string): string[] => {
	const lines = text.split(/\r\n|\r|\n/);
	if (lines.some((line) => line.length > LONGEST_LINE))
		throw new NotLookedAt(`it has a line of more than ${LONGEST_LINE} characters`);
	return lines;
};

function lineOfText(text: string, pattern: string): number | undefined {
	const at = text.indexOf(pattern);
	return at < 0 ? undefined : (text.slice(0, at).match(/\r\n|\r|\n/g)?.length ?? 0) + 1;
}

/** Looks into a file, or into the files of a folder. @throws NotLookedAt where it would have to be skipped */
export async function searchIn(path: string, find: Finder, { root, signal }: SearchOptions): Promise<Seen> {
	const found = await findInside(root, path);
	if (found.is === "none") return { searched: 0, hit: undefined, missing: true };
	if (found.is === "file") {
		const text = await textOf(found.real, path);
		if (text === undefined) throw new NotLookedAt(`${path} is binary`);
		const line = find(text);
		return { searched: 1, hit: line === undefined ? undefined : { file: path, line }, missing: false };
	}
	return searchFolder({ path, real: found.real }, find, signal);
}

async function searchFolder(folder: { path: string; real: string }, find: Finder, signal: AbortSignal): Promise<Seen> {
	let [searched, bytes] = [0, 0];
	for await (const { path, real } of filesBelow(folder)) {
		signal.throwIfAborted();
		const text = await textOf(real, path);
		if (text === undefined) continue;
		bytes += text.length;
		if (++searched > MOST_FILES || bytes > MOST_IN_ALL)
			throw new NotLookedAt(`${folder.path} has more than ${MOST_FILES} files or ${MOST_IN_ALL / 1e6} MB`);
		const line = find(text);
		if (line !== undefined) return { searched, hit: { file: path, line }, missing: false };
	}
	return { searched, hit: undefined, missing: false };
}

/** Files below a folder by name; symbolic links are not followed. */
async function* filesBelow({
	path,
	real,
}: {
	path: string;
	real: string;
}): AsyncGenerator<{ path: string; real: string }> {
	const entries = await readdir(real, { withFileTypes: true });
	for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
		const one = { path: posix.join(path, entry.name), real: join(real, entry.name) };
		if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* filesBelow(one);
		else if (entry.isFile() && one.path !== "docs/PLAN.md") yield one;
	}
}

/** Undefined for a binary file. @throws NotLookedAt for a text that is too large */
async function textOf(real: string, path: string): Promise<string | undefined> {
	await using file = await open(real);
	const bytes = Buffer.alloc(Math.min((await file.stat()).size, MOST_BYTES) + 1);
	let length = 0;
	for (let read = 1; read > 0 && length < bytes.length; length += read)
		read = (await file.read(bytes, length, bytes.length - length)).bytesRead;
	if (bytes.subarray(0, Math.min(length, BINARY_HEAD)).includes(0)) return undefined;
	if (length > MOST_BYTES) throw tooLarge(path);
	return bytes.toString("utf8", 0, length);
}

const tooLarge = (path: string): NotLookedAt => new NotLookedAt(`${path} has more than ${MOST_BYTES / 1e6} MB`);
