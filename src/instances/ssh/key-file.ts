import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where a key of cres.yaml lies: `~/` is the home directory, anything relative starts at `root`. */
export const keyFile = (root: string, path: string): string =>
	path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(root, path);
