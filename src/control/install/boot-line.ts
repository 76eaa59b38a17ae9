import { join } from "node:path";
import { controlFolder } from "../place.ts";

/** Arguments of Node that boot this cres.yaml and keep what was done in a file. @param entry bin/run.js */
export const bootArguments = ({ file, state }: { file: string; state: string }, entry: string): string[] => [
	entry,
	...["control", "boot", "--config", file, "--log-file", join(controlFolder(state), "log", "boot.log")],
];

/** Where cres lies now it must lie at every start-up. */
export const entryNotes = (entry: string): string[] =>
	/[\\/]_npx[\\/]/.test(entry)
		? ["this cres lies in npx's cache, which npm empties: install it (npm install -g) and register it again"]
		: [];
