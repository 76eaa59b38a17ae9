import { chmod, chown, mkdtemp, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { orDiskFull } from "./failure.ts";

const PREFIX = "cres-attempt-";
/** A directory in use is touched so often, in milliseconds: well within the least age of one that is cleared. */
const TOUCH_EVERY = 15_000;
/** Milliseconds between two looks for what killed attempts have left. */
const CLEAR_EVERY = 60_000;

/**
 * Runs `work` in a directory of its own below `root`, which is removed whatever happens. `group`: id of the
 * group that may write there too. @throws ApplicationFailure DiskFull
 */
export async function inScratch<T>(root: string, work: (directory: string) => Promise<T>, group?: number): Promise<T> {
	let directory: string | undefined;
	let touching: NodeJS.Timeout | undefined;
	try {
		const own = (directory = await mkdtemp(join(root, PREFIX)));
		if (group !== undefined) await shareWith(own, group);
		touching = setInterval(() => void touch(own), TOUCH_EVERY);
		return await work(directory);
	} catch (error) {
		throw orDiskFull(error);
	} finally {
		clearInterval(touching);
		if (directory !== undefined) await rm(directory, { recursive: true, force: true });
	}
}

/** A file system of another machine may not let files be given away, and then yt-dlp could write nothing. */
export async function shareWith(path: string, group: number, mode = 0o2770): Promise<void> {
	try {
		await chown(path, process.getuid!(), group);
		await chmod(path, mode);
	} catch (cause) {
		const { code } = cause as NodeJS.ErrnoException;
		throw new Error(`${path} cannot be shared with group ${group} (${code}): set TMPDIR to a local disk`, { cause });
	}
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
