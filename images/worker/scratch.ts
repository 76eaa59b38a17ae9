import { chown, mkdtemp, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { orDiskFull } from "./failure.ts";

const PREFIX = "cres-attempt-";
/** A directory in use is touched so often, in milliseconds: well within the least age of one that is cleared. */
const TOUCH_EVERY = 15_000;
/** Milliseconds between two looks for what killed attempts have left. */
const CLEAR_EVERY = 60_000;

/**
 * Runs `work` in a directory of its own below `root`, which is removed whatever happens. `owner`: user and group id that
 * the directory is given to. @throws ApplicationFailure DiskFull
 */
export async function inScratch<T>(root: string, work: (directory: string) => Promise<T>, owner?: number): Promise<T> {
	let directory: string | undefined;
	let touching: NodeJS.Timeout | undefined;
	try {
		const own = (directory = await mkdtemp(join(root, PREFIX)));
		if (owner !== undefined) await giveTo(own, owner);
		touching = setInterval(() => void touch(own), TOUCH_EVERY);
		return await work(directory);
	} catch (error) {
		throw orDiskFull(error);
	} finally {
		clearInterval(touching);
		if (directory !== undefined) await rm(directory, { recursive: true, force: true });
	}
}

/** A file system of another machine may not let root give files away, and then yt-dlp could write nothing. */
async function giveTo(directory: string, owner: number): Promise<void> {
	await chown(directory, owner, owner).catch((cause: NodeJS.ErrnoException) => {
		throw new Error(
			`${directory} cannot be given to user ${owner} (${cause.code}): set TMPDIR to a local disk, or DOWNLOAD_UID to 0`,
			{ cause },
		);
	});
}

/** Says that the directory is in use, to the other processes that share its root too. */
async function touch(directory: string): Promise<void> {
	const now = new Date();
	await utimes(directory, now, now).catch(() => {});
}

/** Removes the directories of attempts that nobody has touched for `minAgeSeconds`; returns their paths. */
export async function clearScratch(root: string, minAgeSeconds: number): Promise<string[]> {
	const names = (await readdir(root).catch(() => [])).filter((name) => name.startsWith(PREFIX));
	const left = await Promise.all(
		names.map(async (name) => {
			const directory = join(root, name);
			const touched = await stat(directory).catch(() => undefined);
			if (touched === undefined || Date.now() - touched.mtimeMs < minAgeSeconds * 1_000) return [];
			await rm(directory, { recursive: true, force: true }).catch(() => {});
			return [directory];
		}),
	);
	return left.flat();
}

/** Clears what killed attempts have left below `root`, now and from then on. */
export function keepScratchClear(root: string, minAgeSeconds: number): void {
	const clear = (): void => void clearScratch(root, minAgeSeconds);
	clear();
	setInterval(clear, CLEAR_EVERY).unref();
}
