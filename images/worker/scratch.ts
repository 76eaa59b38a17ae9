import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { orDiskFull } from "./failure.ts";

/** Runs `work` in a directory of its own below `root`, which is removed whatever happens. @throws ApplicationFailure DiskFull */
export async function inScratch<T>(root: string, work: (directory: string) => Promise<T>): Promise<T> {
	let directory: string | undefined;
	try {
		directory = await mkdtemp(join(root, "video-"));
		return await work(directory);
	} catch (error) {
		throw orDiskFull(error);
	} finally {
		if (directory !== undefined) await rm(directory, { recursive: true, force: true });
	}
}
