import { posix } from "node:path";

/** Computed, of a machine, an address, or a repository. */
const ELSEWHERE = /[$`{}]|^[/~\\]|^[A-Za-z]:|^[a-z][a-z+]*:\/\/|^git@|\.git(?:#|$)/;

/** What a file writes for a path, from the root of the tree, which is ""; undefined where it is computed or leads out. */
export function pathIn(folder: string, path: string): string | undefined {
	if (ELSEWHERE.test(path)) return undefined;
	const joined = posix.join(folder, path).replace(/\/$/, "");
	return /^\.\.(?:\/|$)/.test(joined) ? undefined : joined.replace(/^\.$/, "");
}
