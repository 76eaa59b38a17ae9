import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { codeOf } from "../errors/errors.ts";

/** What is at a path of the project. `real`: where its symbolic links lead. */
export type Found = { is: "file" | "folder"; real: string; bytes: number; mode: number } | { is: "none" };

/** Why a path is not looked at. */
export class NotLookedAt extends Error {}

/**
 * What is at a path below `root`, symbolic links followed as long as they stay below it.
 * @throws NotLookedAt for a path or a link that leads out of the project, and for what is neither file nor folder
 */
export async function findInside(root: string, path: string): Promise<Found> {
	const home = await realpath(root);
	const real = await realOf(join(home, path));
	if (real === undefined) return { is: "none" };
	const below = relative(home, real);
	if (below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below))
		throw new NotLookedAt(`${path} leads out of the project`);
	const found = await stat(real);
	if (!found.isFile() && !found.isDirectory()) throw new NotLookedAt(`${path} is neither a file nor a folder`);
	return { is: found.isFile() ? "file" : "folder", real, bytes: found.size, mode: found.mode };
}

async function realOf(path: string): Promise<string | undefined> {
	try {
		return await realpath(path);
	} catch (error) {
		if (["ENOENT", "ENOTDIR"].includes(codeOf(error) ?? "")) return undefined;
		throw new NotLookedAt(`${path} cannot be looked at (${codeOf(error) ?? "unknown"})`);
	}
}
