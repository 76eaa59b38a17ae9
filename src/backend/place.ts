import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { backendDirectory } from "../state/directory.ts";

/** Where the files of one backend lie. */
export interface BackendPlace {
	/** Absolute path of its settings. */
	file: string;
	/** The folder of that file: servers run in it. */
	root: string;
	/** Below `.cres/backend/` there. */
	directory: string;
	logs: string;
	gateway: string;
}

/** The same place by every link to its folder. @param given absolute path of the settings */
export function placeOf(given: string): BackendPlace {
	const root = realFolder(dirname(given));
	const file = join(root, basename(given));
	const directory = backendDirectory(file);
	return { file, root, directory, logs: join(directory, "logs"), gateway: join(directory, "nginx.conf") };
}

/** Its own name where it is not there. */
function realFolder(path: string): string {
	try {
		return realpathSync(path);
	} catch {
		return path;
	}
}

export const UNIFIED = "backend-unified.log";
export const ACCESS = "nginx-access.log";

/** The log of an instance, or of nginx itself. */
export const logName = (name: string): string => (name === "nginx" ? "nginx-error.log" : `${name}.log`);
