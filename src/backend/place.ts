import { dirname, join } from "node:path";
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

/** @param file absolute path of the settings */
export function placeOf(file: string): BackendPlace {
	const root = dirname(file);
	const directory = backendDirectory(file);
	return { file, root, directory, logs: join(directory, "logs"), gateway: join(directory, "nginx.conf") };
}

export const UNIFIED = "backend-unified.log";
export const ACCESS = "nginx-access.log";

/** The log of an instance, or of nginx itself. */
export const logName = (name: string): string => (name === "nginx" ? "nginx-error.log" : `${name}.log`);
