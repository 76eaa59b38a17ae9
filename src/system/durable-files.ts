import { randomBytes } from "node:crypto";
import { chmod, chown, open, readlink, realpath, rm, stat, writeFile, type FileHandle } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { makeFolder, renameFile, withPath } from "./files.ts";
import { codeOf } from "../errors/errors.ts";

/**
 * Replaces a file in one step that outlives a power cut: temporary file, fsync, rename, fsync of its directory. A reader
 * sees the old or the new text, never a part. An existing file keeps its mode and owner, `mode` is for a new one; of a
 * symbolic link the target is replaced. What is no regular file (/dev/null, a pipe) is written to. The package write-file-atomic takes a short write (a full disk) for a whole one.
 */
export async function writeDurably(path: string, text: string | Uint8Array, { mode = 0o644 } = {}): Promise<void> {
	const before = await stat(path).catch(() => undefined);
	if (before && !before.isFile() && !before.isDirectory()) return writeFile(path, text);
	const target = await targetOf(path);
	await makeDirectory(dirname(target));
	const temporary = `${target}.${randomBytes(6).toString("hex")}.tmp`;
	try {
		const file = await open(temporary, "wx", before ? 0o600 : mode);
		await writeAndSync(file, text);
		if (before) await likeBefore(temporary, before);
		await renameFile(temporary, target);
	} catch (error) {
		await rm(temporary, { force: true }).catch(() => {});
		throw withPath(error, target, temporary);
	}
	await syncDirectory(dirname(target));
}

/** Makes a directory and those above it that are missing; the new names are on disk when this returns. */
export async function makeDirectory(path: string): Promise<void> {
	const first = await makeFolder(path);
	if (first === undefined) return;
	for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

/** Writes all of the text, or throws; closes the file. */
export async function writeAndSync(file: FileHandle, text: string | Uint8Array): Promise<void> {
	try {
		await file.writeFile(text);
		await file.sync();
	} finally {
		await file.close();
	}
}

/** Makes names that were created, renamed or removed in a directory outlive a power cut, where the system can do that. */
export async function syncDirectory(path: string): Promise<void> {
	try {
		const directory = await open(path, "r");
		await directory.sync().finally(() => directory.close());
	} catch (error) {
		// Windows and some network file systems sync no directories.
		if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP", "ENOSYS"].includes(codeOf(error) ?? "")) throw error;
	}
}

/** Where a path leads to, also when the target of its link does not exist yet. */
async function targetOf(path: string): Promise<string> {
	try {
		return await realpath(path);
	} catch (error) {
		if (codeOf(error) !== "ENOENT") throw error;
		const link = await readlink(path).catch(() => undefined);
		return link === undefined ? path : targetOf(resolve(dirname(path), link));
	}
}

async function likeBefore(path: string, before: { mode: number; uid: number; gid: number }): Promise<void> {
	// Only root may give a file away; whoever may write the directory may replace the file all the same.
	await chown(path, before.uid, before.gid).catch(() => {});
	await chmod(path, before.mode & 0o7777);
}
