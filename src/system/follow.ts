import { open, readdir, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY_MS = 100;
const STEP_BYTES = 65_536;

/**
 * What is added to the file `path` behind the first `from` bytes of `first`, a handle of it that is closed in the end, until
 * the signal. It goes on behind a truncation, and through every file into which the first one was rotated (`path.1` is the
 * newest, as logrotate names them), however long nobody has read; those that were removed meanwhile are missing.
 */
export async function* bytesAdded(
	path: string,
	first: FileHandle,
	from: number,
	signal: AbortSignal,
): AsyncGenerator<Buffer> {
	let [file, at] = [first, from];
	try {
		for (;;) {
			const isLast = signal.aborted;
			const next = isLast ? undefined : await successor(path, file);
			const part = await readAt(file, at);
			at += part.length;
			if (part.length > 0) {
				await next?.close();
				yield part;
			} else if (next) {
				await file.close();
				[file, at] = [next, 0];
			} else if ((await file.stat()).size < at) at = 0;
			else if (!isLast) await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
			if (isLast) return;
		}
	} finally {
		await file.close();
	}
}

async function readAt(file: FileHandle, at: number): Promise<Buffer> {
	const { buffer, bytesRead } = await file.read(Buffer.alloc(STEP_BYTES), 0, STEP_BYTES, at);
	return buffer.subarray(0, bytesRead);
}

/** The file that was begun after `file` had been rotated away; undefined while it is the newest. */
async function successor(path: string, file: FileHandle): Promise<FileHandle | undefined> {
	const own = (await file.stat({ bigint: true })).ino;
	const newest = await inode(path);
	if (newest === own || newest === undefined) return undefined;
	for (;;) {
		const found = await behind(own, path);
		const opened = await open(found.path).catch(() => undefined);
		if (opened && (await opened.stat({ bigint: true })).ino === found.ino) return opened;
		await opened?.close(); // it was renamed meanwhile
		if ((await inode(path)) === undefined) return undefined;
	}
}

/** Of the file and those that it was rotated into, the oldest that is newer than the one with this inode. */
async function behind(own: bigint, path: string): Promise<{ path: string; ino: bigint | undefined }> {
	const name = basename(path);
	const numbers = (await readdir(dirname(path)).catch(() => []))
		.filter((one) => one.startsWith(`${name}.`) && /^\d+$/.test(one.slice(name.length + 1)))
		.map((one) => Number(one.slice(name.length + 1)));
	let found = { path, ino: await inode(path) };
	for (const number of numbers.toSorted((a, b) => a - b)) {
		const older = join(dirname(path), `${name}.${number}`);
		const ino = await inode(older);
		if (ino === own) break;
		if (ino !== undefined) found = { path: older, ino };
	}
	return found;
}

const inode = async (path: string): Promise<bigint | undefined> =>
	(await stat(path, { bigint: true }).catch(() => undefined))?.ino;
