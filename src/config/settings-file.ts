import { readlink } from "node:fs/promises";
import { codeOf, type UserError } from "../errors/errors.ts";
import { readWhole } from "../system/files.ts";

/** The error of one kind of file: what is wrong with it, and what to do. */
export type Unreadable = (why: string, hint: string, cause?: unknown) => UserError;

/**
 * The bytes of a file of settings; undefined where there is none.
 * @param form what belongs there, such as `a file of NAME=value lines`
 * @throws what `unreadable` makes: a directory, a link that leads nowhere, no permission, a pipe without a writer
 */
export async function readSettings(path: string, form: string, unreadable: Unreadable): Promise<Buffer | undefined> {
	try {
		return await readWhole(path);
	} catch (error) {
		switch (codeOf(error)) {
			case "ENOENT": {
				const target = await readlink(path).catch(() => undefined);
				if (target === undefined) return undefined;
				throw unreadable(`is a link to ${target}, which is not there`, `remove it, or put ${form} there`, error);
			}
			case "EISDIR":
				throw unreadable("is a directory", `move it away, and put ${form} there`, error);
			case "EFBIG":
				throw unreadable("is too large", `put ${form} there`, error);
			case "ENODATA":
				throw unreadable("is a pipe into which nobody writes", `start its writer, or put ${form} there`, error);
			case "EACCES":
			case "EPERM":
				throw unreadable(`may not be read (${codeOf(error)})`, `give this user the right to read ${path}`, error);
			default:
				throw unreadable(`cannot be read (${codeOf(error) ?? "unknown"})`, "look at the file and its disk", error);
		}
	}
}
