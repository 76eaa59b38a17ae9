import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where a key of cres.yaml lies: `~/` is the home directory, anything relative starts at `root`. */
export function keyFile(root: string, path: string): string {
	const below = belowHome(path);
	return below === undefined ? resolve(root, path) : join(homedir(), below);
}

/** The key of the command line as cres.yaml has it: it starts where the command was typed, there where cres.yaml is. */
export function keyFromHere(path: string): string {
	const below = belowHome(path);
	return below === undefined ? resolve(path) : `~/${below}`;
}

/** The part after `~/`, or after the `~\` of Windows; undefined for a path from elsewhere. */
function belowHome(path: string): string | undefined {
	if (path.startsWith("~\\")) return path.slice(2).replaceAll("\\", "/");
	return path.startsWith("~/") ? path.slice(2) : undefined;
}
