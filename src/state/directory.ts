import { rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { codeOf } from "../errors/errors.ts";
import { isThere, makeFolder, namesIn, renameFile } from "../system/files.ts";

/** The folder beside the configuration file that holds every state directory. */
const FOLDER = ".cres";
const DEFAULT_FILE = "cres";

/**
 * Where the records of one configuration file and Temporal namespace are: `<folder of file>/.cres/<name>@<namespace>`.
 * `file` is the absolute path of the configuration file. Bytes of the namespace that a file name may not have are `%XX`.
 */
export function stateDirectory(file: string, namespace: string): string {
	return join(dirname(file), FOLDER, `${basename(file).replace(/\.ya?ml$/, "")}@${percentEncoded(namespace)}`);
}

const percentEncoded = (text: string): string =>
	text.replaceAll(/[^A-Za-z0-9._-]/gu, (character) =>
		[...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
	);

/** The lock of a file that every configuration file of the folder `root` shares, such as docs/PLAN.md. */
export const sharedLock = (root: string, name: string): string => join(root, FOLDER, "shared", name);

/** Where `cres backend` keeps what it makes for the settings `file` (absolute): `<folder of file>/.cres/backend/<name>`. */
export const backendDirectory = (file: string): string =>
	join(dirname(file), FOLDER, "backend", basename(file, ".yaml"));

/** Where `cres tools fetch` keeps programs, for every configuration file of the folder `root`. */
export const toolsDirectory = (root: string): string => join(root, FOLDER, "tools");

/** What earlier versions kept directly below `.cres`. */
const EARLIER = new Set([
	...["leases", "journal", "releases", "rotations", "endpoints.json", "endpoint-history.jsonl", "host-keys.json"],
	...["last-build.json", "last-build-cuda.json", "known_hosts"],
]);
const isEarlier = (name: string): boolean => EARLIER.has(name) || name.startsWith(".env.bak-");

/**
 * Moves the records of earlier versions into `state`, when that is the directory of the default `cres.yaml` and does not
 * exist yet. All or nothing: they are gathered beside it, and the whole directory gets its name at the end. A move that
 * was cut off is completed by the next call, and two processes may do it at once.
 * @returns names of what this call moved, sorted
 */
export async function adoptEarlierState(state: string): Promise<string[]> {
	const folder = dirname(state);
	const isDefault = basename(folder) === FOLDER && basename(state).startsWith(`${DEFAULT_FILE}@`);
	if (!isDefault || (await isThere(state))) return [];
	const gathering = `${state}.moving`;
	const earlier = (await namesIn(folder)).filter(isEarlier).toSorted();
	if (earlier.length === 0 && !(await isThere(gathering))) return [];
	await makeFolder(gathering);
	const moved: string[] = [];
	for (const name of earlier) if (await moveIfThere(join(folder, name), join(gathering, name))) moved.push(name);
	await giveName(gathering, state);
	return moved;
}

/** False when another process has moved it. */
async function moveIfThere(from: string, to: string): Promise<boolean> {
	try {
		await renameFile(from, to);
		return true;
	} catch (error) {
		if (codeOf(error) === "ENOENT") return false;
		throw error;
	}
}

async function giveName(gathering: string, state: string): Promise<void> {
	try {
		await renameFile(gathering, state);
	} catch (error) {
		if (!(await isThere(state))) throw error;
		await rmdir(gathering).catch(() => {}); // the other process moved everything: ours is empty, or gone
	}
}
