import { z } from "zod";
import { UserError, messageOf } from "../errors/errors.ts";
import { writeDurably } from "../system/durable-files.ts";
import { readText } from "../system/files.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const packageSchema = z.object({
	name: z.string(),
	/** Component of the suite, such as `contrib`. */
	component: z.string(),
	version: z.string(),
	/** Of its file, below mirror and archive. */
	path: z.string(),
	/** Bytes of that file. */
	size: z.int().positive(),
	sha256,
});
export type LockedPackage = z.infer<typeof packageSchema>;

const lockSchema = z.object({
	/** Where the suites stand and files come from first: no slash at its end. */
	mirror: z.url(),
	/** Where files come from that the mirror has no more; ends in the time of a state of the mirror. */
	archive: z.url().regex(/\/\d{8}T\d{6}Z$/),
	/** Suite of the packages. */
	suite: z.string(),
	/** What the packages have to go with: it is in the base image, which takes it from a suite of its own. */
	runtime: z.object({ suite: z.string(), component: z.string(), name: z.string(), version: z.string() }),
	packages: z.array(packageSchema).min(1),
});
export type Lock = z.infer<typeof lockSchema>;

/** @throws UserError lock_unreadable */
export async function readLock(path: string): Promise<Lock> {
	try {
		return lockSchema.parse(JSON.parse(await readText(path)));
	} catch (cause) {
		const fault = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
		throw new UserError("lock_unreadable", `${path} is not a lock file: ${fault}`, {
			hint: `git checkout ${path}, or correct image.context in cres.yaml`,
			cause,
		});
	}
}

/** The same text for the same lock: keys in the schema's order, packages by name. */
export function lockText(lock: Lock): string {
	const { packages, ...rest } = lockSchema.parse(lock);
	const sorted = packages.toSorted((a, b) => (a.name < b.name ? -1 : 1));
	return `${JSON.stringify({ ...rest, packages: sorted }, null, "\t")}\n`;
}

/** Replaces the lock in one durable step. */
export const writeLock = (path: string, lock: Lock): Promise<void> => writeDurably(path, lockText(lock));
